"""``movietag recaption --out``: captions stored frames into a file, without changing the library."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from movietag.captioning.captioners import Captioners
from movietag.captioning.offline import Offline, TaggerRun
from movietag.captioning.tagger_id import model_named_by
from movietag.cli.bars import count_bar
from movietag.cli.kept_movies import kept_movies, select_movies
from movietag.cli.output import FOUND, NOTHING, plain, print_json, run
from movietag.errors import PermanentError, TransientError, UsageError
from movietag.files import write_whole
from movietag.frames.store import FrameStore
from movietag.records import TaggerId
from movietag.redaction import redacted
from movietag.rules.tally import Matcher
from movietag.search.naming import NothingFound
from movietag.settings import Settings, get_settings
from movietag.vocabulary import load

TAGGER_SECONDS = 10.0  # for Triton to name the tagger


class ChosenTagger(NamedTuple):
    """A tagger, and the name of its model; empty: the configured one."""

    model: str
    tagger: TaggerId


class Written(msgspec.Struct, frozen=True):
    """The file written, and its numbers."""

    path: str
    tagger: str
    movies: int
    images: int
    failed_images: int


def write_run(
    store: FrameStore,
    texts: Sequence[str],
    wanted: str,
    out: Path,
    first: Mapping[str, tuple[str, ...]],
    *,
    json: bool,
) -> None:
    """Caption the stored frames of movies (none named: all), write the results, and exit.

    ``first``: movie id -> the tags of an earlier pass.
    """
    if out.suffix.lower() != ".json":
        raise UsageError(f"{out}: the file name must end with .json, for `movietag evaluate`.")
    found = run(_run(get_settings(), store, texts, wanted, first))
    write_whole(out, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    images = sum(movie.images for movie in found.movies)
    failed = sum(movie.failed_images for movie in found.movies)
    if json:
        print_json(Written(str(out), found.tagger, found.total, images, failed))
    else:
        lost = f" {failed:,} frames could not be captioned." if failed else ""
        print(f"{out}: {images:,} images of {found.total:,} movies by {plain(found.tagger)}.{lost}")
    sys.exit(FOUND if images and not failed else NOTHING)


async def _run(
    settings: Settings,
    store: FrameStore,
    texts: Sequence[str],
    wanted: str,
    first: Mapping[str, tuple[str, ...]],
) -> TaggerRun:
    model, tagger = await tagger_of(settings, wanted)
    movies = await select_movies(settings, store, texts) if texts else list(kept_movies(store))
    if not movies:
        raise NothingFound(f"No frames are stored in {store.url}.")
    vocabulary = load(settings.vocabulary, settings.match)
    captioners, matcher = Captioners(settings), Matcher(vocabulary)
    offline = Offline(store, captioners.named(model), tagger, matcher, settings.caption_in_flight)
    total = sum(movie.frames for movie in movies)
    try:
        with count_bar() as bar:
            task = bar.add_task("captioning", total=total)
            done = [
                await offline.movie(
                    movie.records, lambda: bar.advance(task), first.get(movie.movie_id, ())
                )
                for movie in movies
            ]
    finally:
        await captioners.close()
    return TaggerRun(tagger, vocabulary.vocabulary_id, len(done), tuple(done))


async def tagger_of(settings: Settings, text: str) -> ChosenTagger:
    """The tagger with an id, or the newest of a model by name; empty: of the configured model.

    Raises:
        UsageError: it is not served.
    """
    captioners = Captioners(settings)
    try:
        async with asyncio.timeout(TAGGER_SECONDS):
            if "@" not in text:
                return ChosenTagger(text, await captioners.named(text).tagger())
            tagger = TaggerId(text)
            if tagger in await captioners.named("").versions():
                return ChosenTagger("", tagger)
            model = model_named_by(text)
            served = await captioners.named(model).versions()
    except PermanentError as error:
        raise UsageError(error.reason) from None
    except TimeoutError:
        raise TransientError(
            f"The model at {redacted(settings.triton_address)} did not name its tagger within {TAGGER_SECONDS:g} s."
        ) from None
    finally:
        await captioners.close()
    if tagger not in served:
        raise UsageError(f"The tagger {text} is not served; served: {', '.join(served)}.")
    return ChosenTagger(model, tagger)
