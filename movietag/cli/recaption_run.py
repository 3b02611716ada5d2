"""``movietag recaption --out``: a run of kept frames, beside the library."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from movietag.captioning.models import Models
from movietag.captioning.offline import Offline, Run
from movietag.cli.kept_movies import chosen, kept_movies
from movietag.cli.output import FOUND, NOTHING, plain, print_json, run
from movietag.cli.replacing import write_whole
from movietag.errors import PermanentError, UsageError
from movietag.frames.store import FrameStore
from movietag.records import TaggerId
from movietag.search.found import NothingFound
from movietag.settings import Settings, settings
from movietag.tally import Matcher
from movietag.vocabulary import load

ASK_SECONDS = 10.0  # for the tagger to say who it is


class Written(msgspec.Struct, frozen=True):
    """A run that was written."""

    path: str
    tagger: str
    movies: int
    images: int
    failed_images: int


def write_run(
    store: FrameStore, texts: Sequence[str], model: str, out: Path, *, json: bool
) -> None:
    """Caption the kept frames of movies (none named: of all), and write what was found; ends the command."""
    if out.suffix.lower() != ".json":
        raise UsageError(
            f"{out}: name a file that ends with .json; `movietag evaluate` reads it so."
        )
    found = run(_run(settings(), store, texts, model))
    write_whole(out, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    images = sum(movie.images for movie in found.movies)
    failed = sum(movie.failed_images for movie in found.movies)
    if json:
        print_json(Written(str(out), found.tagger, found.total, images, failed))
    else:
        lost = f" {failed:,} frames got no caption." if failed else ""
        print(f"{out}: {images:,} images of {found.total:,} movies by {plain(found.tagger)}.{lost}")
    sys.exit(FOUND if images and not failed else NOTHING)


async def _run(with_settings: Settings, store: FrameStore, texts: Sequence[str], model: str) -> Run:
    tagger = await tagger_of(with_settings, model)
    movies = chosen(store, texts) if texts else list(kept_movies(store))
    if not movies:
        raise NothingFound(f"No frames are kept in {store.url}.")
    vocabulary = load(with_settings.vocabulary, with_settings.match)
    models, matcher = Models(with_settings), Matcher(vocabulary)
    offline = Offline(store, models.named(model), tagger, matcher, with_settings.caption_in_flight)
    total = sum(movie.frames for movie in movies)
    try:
        with progress() as bar:
            task = bar.add_task("captioning", total=total)
            done = [
                await offline.movie(movie.records, lambda: bar.advance(task)) for movie in movies
            ]
    finally:
        await models.close()
    return Run(tagger, vocabulary.vocabulary_id, len(done), tuple(done))


async def tagger_of(with_settings: Settings, model: str) -> TaggerId:
    """What a model is; the empty name means the setting's."""
    models = Models(with_settings)
    try:
        return await models.named(model).tagger(within=ASK_SECONDS)
    except PermanentError as error:
        raise UsageError(error.reason) from None
    finally:
        await models.close()


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
