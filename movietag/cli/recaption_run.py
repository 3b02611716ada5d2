"""``movietag recaption --out``: a run of kept frames, beside the library."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from movietag.captioning.models import Models
from movietag.captioning.offline import Offline, Run
from movietag.cli.kept_movies import chosen, kept_movies
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

ASK_SECONDS = 10.0  # for the tagger to say who it is


class ChosenTagger(NamedTuple):
    """A tagger, and the model that it is, by its name in Triton; empty: the setting's."""

    model: str
    tagger: TaggerId


class Written(msgspec.Struct, frozen=True):
    """A run that was written."""

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
    """Caption the kept frames of movies (none named: of all), and write what was found; ends the command.

    ``first`` is what an earlier pass found, by movie id.
    """
    if out.suffix.lower() != ".json":
        raise UsageError(
            f"{out}: name a file that ends with .json; `movietag evaluate` reads it so."
        )
    found = run(_run(get_settings(), store, texts, wanted, first))
    write_whole(out, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    images = sum(movie.images for movie in found.movies)
    failed = sum(movie.failed_images for movie in found.movies)
    if json:
        print_json(Written(str(out), found.tagger, found.total, images, failed))
    else:
        lost = f" {failed:,} frames got no caption." if failed else ""
        print(f"{out}: {images:,} images of {found.total:,} movies by {plain(found.tagger)}.{lost}")
    sys.exit(FOUND if images and not failed else NOTHING)


async def _run(
    settings: Settings,
    store: FrameStore,
    texts: Sequence[str],
    wanted: str,
    first: Mapping[str, tuple[str, ...]],
) -> Run:
    model, tagger = await tagger_of(settings, wanted)
    movies = chosen(store, texts) if texts else list(kept_movies(store))
    if not movies:
        raise NothingFound(f"No frames are kept in {store.url}.")
    vocabulary = load(settings.vocabulary, settings.match)
    models, matcher = Models(settings), Matcher(vocabulary)
    offline = Offline(store, models.named(model), tagger, matcher, settings.caption_in_flight)
    total = sum(movie.frames for movie in movies)
    try:
        with progress() as bar:
            task = bar.add_task("captioning", total=total)
            done = [
                await offline.movie(
                    movie.records, lambda: bar.advance(task), first.get(movie.movie_id, ())
                )
                for movie in movies
            ]
    finally:
        await models.close()
    return Run(tagger, vocabulary.vocabulary_id, len(done), tuple(done))


async def tagger_of(settings: Settings, text: str) -> ChosenTagger:
    """The tagger that is meant by the id of one, or by a model's name; nothing: the setting's newest.

    Raises:
        UsageError: Triton does not serve it.
    """
    models = Models(settings)
    try:
        async with asyncio.timeout(ASK_SECONDS):
            if "@" not in text:
                return ChosenTagger(text, await models.named(text).tagger())
            tagger = TaggerId(text)
            if tagger in await models.named("").versions():
                return ChosenTagger("", tagger)
            model = text.partition("@")[0].removesuffix(".tags")
            served = await models.named(model).versions()
    except PermanentError as error:
        raise UsageError(error.reason) from None
    except TimeoutError:
        raise TransientError(
            f"Triton at {redacted(settings.triton_address)} has not said within {ASK_SECONDS:g} s which"
            " tagger it is."
        ) from None
    finally:
        await models.close()
    if tagger not in served:
        raise UsageError(f"Triton serves no tagger {text}, but: {', '.join(served)}.")
    return ChosenTagger(model, tagger)


def progress() -> Progress:
    """A bar on a terminal."""
    out = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
