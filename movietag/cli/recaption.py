"""``movietag recaption``: captions stored frames with another tagger."""

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
from movietag.cli.bars import count_bar
from movietag.cli.completing import complete_titles
from movietag.cli.first_pass import most_frequent, read_first
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    YesOption,
    command,
    plain,
    print_json,
    run,
)
from movietag.cli.recaption_run import tagger_of, write_run
from movietag.errors import UsageError
from movietag.fleet.joining import join_library
from movietag.frames.store import FrameStore
from movietag.kafka.clients import producer
from movietag.records import MovieId, Recaption, TaggerId, VideoId, encode
from movietag.search.naming import NothingFound, named
from movietag.search.progress import progress_of
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.search.scans import scan_movies
from movietag.settings import Settings, get_settings

MOST_REASONS = 5  # printed for movies left unchanged
LOOKING = 16  # movies looked up in the store at a time


class Left(msgspec.Struct, frozen=True):
    """A movie left unchanged, and why."""

    movie_id: str
    title: str
    year: int | None
    reason: str


class Sent(msgspec.Struct, frozen=True):
    """The ids of the movies that the tagger captions again, and the movies left unchanged."""

    tagger: str
    sent: tuple[str, ...]
    left: tuple[Left, ...]


@command
def recaption(
    movies: Annotated[
        list[str] | None,
        typer.Argument(
            help="Titles, with or without their year, or movie ids.", autocompletion=complete_titles
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every movie.")] = False,
    tagger: Annotated[
        str,
        typer.Option(help="A model's name, or a tagger id; default: MOVIETAG_MODEL."),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Only write the results to this file (.json, for `movietag evaluate`)."),
    ] = None,
    first: Annotated[
        Path | None,
        typer.Option(
            help="A run (.json) with the tags for a prompt of the strategy `found`; default: the library's tags,"
            " with --out none."
        ),
    ] = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Caption stored frames again with another tagger, or with the current one after it changed.

    Nothing is fetched: the same frames of the same videos are counted, and replace the former tags. With --out
    nothing is replaced, and the stages are not needed. Frames are stored if MOVIETAG_FRAME_STORE is set.

    Example: movietag recaption --all --tagger llava-tuned --out tuned.json
    """
    if bool(movies) == all_:
        raise UsageError('Name movies, or use --all. Example: movietag recaption "Heat (1995)"')
    store = FrameStore.needed(get_settings())
    known_tags = read_first(first) if first else None
    if out:
        write_run(store, movies or [], tagger, out, known_tags or {}, json=json)
    else:
        _send(store, movies or [], tagger, known_tags, ask=not yes, json=json)


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
    movies = run(_movies(get_settings(), texts))
    reasons = _reasons(store, movies, tagger)
    selected = [movie for movie, reason in zip(movies, reasons, strict=True) if not reason]
    left = tuple(
        Left(movie.movie_id, movie.title, movie.year, reason)
        for movie, reason in zip(movies, reasons, strict=True)
        if reason
    )
    if selected and ask:
        _confirm(selected, tagger, err=json)
    of_first = first if first is not None else {m.movie_id: most_frequent(m.tags) for m in selected}
    requests = [
        Recaption(
            MovieId(movie.movie_id),
            movie.generation,
            tagger,
            model,
            of_first.get(movie.movie_id, ()),
        )
        for movie in selected
    ]
    run(_send_requests(get_settings(), requests))
    if json:
        print_json(Sent(tagger, tuple(movie.movie_id for movie in selected), left))
    else:
        _print(selected, left, tagger)
    sys.exit(FOUND if selected and not left else NOTHING)


def _print(selected: Sequence[Movie], left: Sequence[Left], tagger: TaggerId) -> None:
    if selected:
        movies = "1 movie is" if len(selected) == 1 else f"{len(selected):,} movies are"
        print(f"{movies} being captioned again by {plain(tagger)}. Watch: movietag watch")
    for item in left[:MOST_REASONS]:
        title = plain(named(item.title, item.year))
        print(f"Left unchanged: {title}: {plain(item.reason)}", file=sys.stderr)
    if len(left) > MOST_REASONS:
        print(
            f"{len(left):,} movies in all are left unchanged; --json lists them.", file=sys.stderr
        )


def _confirm(movies: Sequence[Movie], tagger: TaggerId, *, err: bool) -> None:
    """Ask before the tags of movies are replaced; ``err``: on stderr."""
    (one, *more) = movies
    what = f"{len(movies):,} movies" if more else named(one.title, one.year)
    typer.confirm(
        f"Replace the tags of {plain(what)} with those of {plain(tagger)}?", abort=True, err=err
    )


async def _movies(settings: Settings, texts: Sequence[str]) -> list[Movie]:
    async with reader(settings) as library:
        await join_library(settings, library.es)
        if texts:
            selected = [await library.movie(text) for text in texts]
            return list({movie.movie_id: movie for movie in selected}.values())
        async with aclosing(scan_movies(library)) as movies:
            everything = [movie async for movie in movies]
    if not everything:
        raise NothingFound("The library has no movie yet. See: movietag add")
    return everything


def _reasons(store: FrameStore, movies: Sequence[Movie], tagger: TaggerId) -> list[str]:
    """Why each movie cannot be captioned again; empty if it can."""
    with count_bar() as bar, ThreadPoolExecutor(LOOKING) as threads:
        answers = threads.map(lambda movie: recaption_obstacle(store, movie, tagger), movies)
        return list(bar.track(answers, total=len(movies), description="looking up frames"))


def recaption_obstacle(store: FrameStore, movie: Movie, tagger: TaggerId) -> str:
    """Why a movie cannot be captioned again without losing images; empty if it can."""
    if not progress_of(movie).ended:
        return "it is still in progress."
    if movie.tagger == tagger:
        return f"it is already captioned by {tagger}."
    fetched = [video for video in movie.videos if video.status == "fetched" and video.slots]
    if not fetched:
        return "it has no frames."
    for video in fetched:
        kept = store.newest(MovieId(movie.movie_id), VideoId(video.video_id))
        if kept is None or len(kept.manifest.slots) != video.slots or store.missing(kept):
            return (
                f"the frames of {video.video_id} are not (or no longer) stored. `movietag add --refresh`"
                " fetches them again."
            )
    return ""


async def _send_requests(settings: Settings, requests: Sequence[Recaption]) -> None:
    if not requests:
        return
    async with producer(settings) as sender:
        sent = [
            await sender.send(topics.REQUESTS.name, encode(request), key=request.movie_id.encode())
            for request in requests
        ]
        await asyncio.gather(*sent)
