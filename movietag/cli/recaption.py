"""``movietag recaption``: kept frames through another tagger."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from movietag import topics
from movietag.cli.first_pass import most_frequent, read_first
from movietag.cli.output import FOUND, NOTHING, command, plain, print_json, run
from movietag.cli.recaption_run import progress, tagger_of, write_run
from movietag.errors import UsageError
from movietag.frames.store import FrameStore
from movietag.kafka.producer import producer
from movietag.records import MovieId, Recaption, TaggerId, VideoId, encode
from movietag.search.naming import NothingFound, named
from movietag.search.progress import progress_of
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.search.scans import scan_movies
from movietag.settings import Settings, get_settings

MOST_REASONS = 5  # of movies that are left as they are
LOOKING = 16  # movies looked for in the store at a time


class Left(msgspec.Struct, frozen=True):
    """A movie that is left as it is, and why."""

    movie_id: str
    title: str
    year: int | None
    reason: str


class Sent(msgspec.Struct, frozen=True):
    """The movies (by id) that the tagger captions again, and those that are left."""

    tagger: str
    sent: tuple[str, ...]
    left: tuple[Left, ...]


@command
def recaption(
    movies: Annotated[
        list[str] | None, typer.Argument(help="Titles, with or without their year, or movie ids.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every movie.")] = False,
    tagger: Annotated[
        str,
        typer.Option(
            help="A model by its name in Triton, or a tagger's id; default: MOVIETAG_MODEL."
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Only write what it finds here (.json, for `movietag evaluate`)."),
    ] = None,
    first: Annotated[
        Path | None,
        typer.Option(
            help="A run (.json) whose tags a prompt of the strategy `found` names; default: the library's,"
            " with --out none."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Caption kept frames again with another tagger, or with the present one after it changed.

    Nothing is fetched: the same frames of the same videos are counted, and the former tags are
    replaced. With --out nothing is replaced, and the stages are not needed. Frames are kept where
    MOVIETAG_FRAME_STORE says.

    Example: movietag recaption --all --tagger llava-tuned --out tuned.json
    """
    if bool(movies) == all_:
        raise UsageError('Say which movies, or --all. Example: movietag recaption "Heat (1995)"')
    store = FrameStore.needed(get_settings())
    found = read_first(first) if first else None
    if out:
        write_run(store, movies or [], tagger, out, found or {}, json=json)
    else:
        _send(store, movies or [], tagger, found, ask=not yes, json=json)


def _send(
    store: FrameStore,
    texts: Sequence[str],
    wanted: str,
    first: Mapping[str, tuple[str, ...]] | None,
    *,
    ask: bool,
    json: bool,
) -> None:
    model, tagger = run(tagger_of(get_settings(), wanted))
    found = run(_movies(get_settings(), texts))
    reasons = _reasons(store, found, tagger)
    going = [movie for movie, reason in zip(found, reasons, strict=True) if not reason]
    left = tuple(
        Left(movie.movie_id, movie.title, movie.year, reason)
        for movie, reason in zip(found, reasons, strict=True)
        if reason
    )
    if going and ask:
        what = named(going[0].title, going[0].year) if len(going) == 1 else f"{len(going):,} movies"
        typer.confirm(
            f"Replace the tags of {plain(what)} by those of {plain(tagger)}?", abort=True, err=json
        )
    of_first = first if first is not None else {m.movie_id: most_frequent(m.tags) for m in going}
    wishes = [
        Recaption(
            MovieId(movie.movie_id),
            movie.generation,
            tagger,
            model,
            of_first.get(movie.movie_id, ()),
        )
        for movie in going
    ]
    run(_ask_for(get_settings(), wishes))
    if json:
        print_json(Sent(tagger, tuple(movie.movie_id for movie in going), left))
    else:
        _print(going, left, tagger)
    sys.exit(FOUND if going and not left else NOTHING)


def _print(going: Sequence[Movie], left: Sequence[Left], tagger: TaggerId) -> None:
    if going:
        movies = "1 movie is" if len(going) == 1 else f"{len(going):,} movies are"
        print(f"{movies} being captioned again by {plain(tagger)}. Watch: movietag watch")
    for item in left[:MOST_REASONS]:
        shown = plain(named(item.title, item.year))
        print(f"Left as it is: {shown}: {plain(item.reason)}", file=sys.stderr)
    if len(left) > MOST_REASONS:
        print(f"{len(left):,} in all are left as they are; --json names them.", file=sys.stderr)


async def _movies(settings: Settings, texts: Sequence[str]) -> list[Movie]:
    async with reader(settings) as library:
        if texts:
            found = [await library.movie(text) for text in texts]
            return list({movie.movie_id: movie for movie in found}.values())
        async with aclosing(scan_movies(library)) as movies:
            everything = [movie async for movie in movies]
    if not everything:
        raise NothingFound("There is no movie yet. See: movietag add")
    return everything


def _reasons(store: FrameStore, movies: Sequence[Movie], tagger: TaggerId) -> list[str]:
    """Why each movie cannot be captioned again; empty where it can."""
    with progress() as shown, ThreadPoolExecutor(LOOKING) as threads:
        answers = threads.map(lambda movie: why_not(store, movie, tagger), movies)
        return list(shown.track(answers, total=len(movies), description="looking for frames"))


def why_not(store: FrameStore, movie: Movie, tagger: TaggerId) -> str:
    """Why a movie must not be captioned again: it would lose images. Empty when it may be."""
    if not progress_of(movie).ended:
        return "it is still being worked on."
    if movie.tagger == tagger:
        return f"it is captioned by {tagger} already."
    fetched = [video for video in movie.videos if video.status == "fetched" and video.slots]
    if not fetched:
        return "it has no frames."
    for video in fetched:
        kept = store.newest(MovieId(movie.movie_id), VideoId(video.video_id))
        if kept is None or len(kept.manifest.slots) != video.slots or store.missing(kept):
            return (
                f"the frames of {video.video_id} are not kept (any more). `movietag add --refresh`"
                " fetches them anew."
            )
    return ""


async def _ask_for(settings: Settings, wishes: Sequence[Recaption]) -> None:
    if not wishes:
        return
    async with producer(settings) as sender:
        sent = [
            await sender.send(topics.REQUESTS.name, encode(wish), key=wish.movie_id.encode())
            for wish in wishes
        ]
        await asyncio.gather(*sent)
