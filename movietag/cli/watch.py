"""``movietag watch``: the live progress of movies."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from movietag.awaiting import Awaited, Waiting
from movietag.cli.ahead import progress_of_library
from movietag.cli.completing import complete_titles
from movietag.cli.output import FOUND, NOTHING, command, console, plain, print_json, run
from movietag.errors import TransientError
from movietag.local.outlook import LibraryProgress
from movietag.redaction import redacted
from movietag.search.client import NoIndexError
from movietag.search.naming import named
from movietag.search.progress import progress_of
from movietag.search.ranking import MovieSearch
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.settings import Settings, get_settings

EVERY_SECONDS = 0.5
SUMMARY_SECONDS = 3.0
OUTAGE_SECONDS = 5.0
JUST_SENT_MS = 60_000  # titles are usually watched right after they are sent
BAR = 20  # characters
MOST = 40  # maximum number of movies shown


@command
def watch(
    titles: Annotated[
        list[str] | None,
        typer.Argument(
            help="Movie ids or titles; default: the latest movies.", autocompletion=complete_titles
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Exit when all movies shown have finished; else on Ctrl-C.")
    ] = True,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON at the end; with --no-wait, as it is now."),
    ] = False,
) -> None:
    """Watch movies become searchable: searched, fetched, frames captioned, complete.

    It ends when all have ended: also those that were refused, or that no stage has in work (exit code 1), and when a
    server is unreachable (3). Without titles a line sums up all of them, with the time that they will take.

    Example: movietag watch "Heat (1995)"
    """
    try:
        if json:
            seen = run(_report(get_settings(), titles or [], wait=wait))
        else:
            seen = run(follow(get_settings(), titles or [], wait=wait))
    except KeyboardInterrupt:
        sys.exit(FOUND)
    sys.exit(FOUND if seen else NOTHING)


async def follow(
    settings: Settings,
    texts: Sequence[str],
    *,
    wait: bool,
    seconds: float = float("inf"),
    outage_seconds: float = OUTAGE_SECONDS,
) -> bool:
    """Show the movies that these texts name (none: the latest) until all have ended, or ``seconds`` are over.

    Without ``wait`` it continues after they have ended. Returns whether all have finished.

    Raises:
        UsageError: a text is JSON that `movietag add` would refuse.
        TransientError: with ``wait``, a server has been unreachable for ``outage_seconds``.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    watched = WatchedTitles(settings, texts)
    well = loop.time()
    out = console()
    with ended_line(out), Live(console=out, refresh_per_second=4) as live:
        while True:
            await watched.look(outage_seconds)
            if not texts:
                await watched.sum_up()
            well = well if watched.outage else loop.time()
            ends = wait and loop.time() - well >= outage_seconds
            outage = "" if ends else watched.outage
            live.update(
                Group(
                    *watched.summary(), progress_table(watched.items), *notes(watched.items, outage)
                )
            )
            if (watched.ended and wait) or loop.time() > deadline:
                return watched.finished
            if ends:
                raise TransientError(watched.outage)
            await asyncio.sleep(EVERY_SECONDS)


class WatchReport(msgspec.Struct, frozen=True):
    """What `movietag watch --json` prints: movies, titles without one, and how far the library is."""

    movies: tuple[Movie, ...]
    titles: tuple[Awaited, ...]
    ended: bool
    progress: LibraryProgress | None


async def _report(settings: Settings, texts: Sequence[str], *, wait: bool) -> bool:
    """Print what is watched as JSON, once it has ended, or now. Raises like ``follow``."""
    watched = WatchedTitles(settings, texts)
    loop = asyncio.get_running_loop()
    well = loop.time()
    while True:
        await watched.look(OUTAGE_SECONDS)
        well = well if watched.outage else loop.time()
        if watched.outage and (not wait or loop.time() - well >= OUTAGE_SECONDS):
            raise TransientError(watched.outage)
        if watched.ended or not wait:
            break
        await asyncio.sleep(EVERY_SECONDS)
    await watched.sum_up()
    movies = tuple(one for one in watched.items if isinstance(one, Movie))
    titles = tuple(one for one in watched.items if isinstance(one, Awaited))
    print_json(WatchReport(movies, titles, watched.ended, watched.progress))
    return watched.finished


@contextmanager
def ended_line(out: Console) -> Iterator[None]:
    """End the last line of a table that is not on a terminal, where Rich leaves it open."""
    try:
        yield
    finally:
        if not out.is_terminal:
            out.print()


class WatchedTitles:
    """What is watched: the state of each movie or title, and what is unreachable."""

    def __init__(self, settings: Settings, texts: Sequence[str]) -> None:
        self._settings, self._texts = settings, texts
        self._waiting = Waiting(settings, int(time.time() * 1000) - JUST_SENT_MS)
        self.items: Sequence[Movie | Awaited] = [Awaited(text) for text in texts]
        self.outage = ""
        self.progress: LibraryProgress | None = None
        self._summed = float("-inf")

    def summary(self) -> list[Text]:
        """How far the library is, in a line; nothing where titles are watched, or it is not known."""
        if self._texts or not self.progress or not self.progress.text:
            return []
        return [Text(plain(self.progress.text), style="bold")]

    @property
    def ended(self) -> bool:
        """Whether nothing of what is watched will change."""
        return self._settled and (bool(self._texts) or self._waiting.idle)

    @property
    def _settled(self) -> bool:
        """Whether all that is shown has ended. Without texts, others may be on their way to the index."""
        return all(
            progress_of(one).ended if isinstance(one, Movie) else one.state != "waiting"
            for one in self.items
        )

    @property
    def finished(self) -> bool:
        """Whether there are movies, and all have finished."""
        return bool(self.items) and all(
            isinstance(one, Movie) and progress_of(one).ended for one in self.items
        )

    async def look(self, seconds: float) -> None:
        """Bring the state up to date; an Elasticsearch that takes longer than this is unreachable."""
        try:
            async with asyncio.timeout(seconds if seconds < float("inf") else None):
                self.items = await self._look()
            self.outage = ""
        except TimeoutError:
            where = redacted(self._settings.elasticsearch_url)
            self.outage = f"Elasticsearch at {where} did not respond within {seconds:.0f} s."
        except NoIndexError:  # it is made by the first document
            self.outage = ""
        except TransientError as error:
            self.outage = str(error)
        if not self.ended:
            await self._waiting.look()
            reasons = (one.reason for one in self.items if isinstance(one, Awaited))
            unplanned = next(reasons, "") if self._texts else self._waiting.unplanned
            self.outage = self.outage or self._waiting.outage or unplanned

    async def _look(self) -> Sequence[Movie | Awaited]:
        async with reader(self._settings) as library:
            if not self._texts:
                latest = (await library.movies(MovieSearch(by="recency", limit=MOST))).movies
                return [*await self._waiting.refused(library), *latest]
            named = await library.movies_named(self._texts, alike=True)
            unnamed = [text for text, movies in zip(self._texts, named, strict=True) if not movies]
            awaited = {one.text: one for one in await self._waiting.awaited(library, unnamed)}
            ids = [movie.movie_id for movies in named for movie in movies]
            refused = await self._waiting.refused(library, ids) if ids else []
        items: list[Movie | Awaited] = []
        for text, movies in zip(self._texts, named, strict=True):
            items += movies or [awaited[text]]
        return [*refused, *items]

    async def sum_up(self) -> None:
        """Bring the summary up to date, every few seconds."""
        if time.monotonic() - self._summed >= SUMMARY_SECONDS:
            self._summed = time.monotonic()
            self.progress = await progress_of_library(self._settings)


def notes(items: Sequence[Movie | Awaited], outage: str) -> list[Text]:
    """A line for each movie that failed, and each title that was refused or does not come; and for an outage."""
    lines = [line for one in items if (line := _note(one))]
    if outage:
        lines.append(outage)
    elif not items:
        lines = ["No movie is in the library. Add one: movietag add TITLE"]
    return [Text(plain(line)) for line in lines]


def _note(item: Movie | Awaited) -> str:
    if isinstance(item, Movie):
        failed = item.status == "failed" and item.reason
        return f"{named(item.title, item.year)} failed: {item.reason}" if failed else ""
    return f"{item.text} {item.state}: {item.reason}" if item.state != "waiting" else ""


def progress_table(items: Sequence[Movie | Awaited]) -> Table:
    """A table row per movie: title, videos fetched, a bar of frames captioned, state."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("movie", no_wrap=True, overflow="ellipsis", max_width=30)
    table.add_column("videos", justify="right", no_wrap=True)
    table.add_column("frames captioned", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for item in items:
        if isinstance(item, Movie):
            table.add_row(*_line(item))
        else:
            style = "dim" if item.state == "waiting" else "red"
            table.add_row(Text(plain(item.text)), "", "", Text(item.state, style=style))
    return table


def _line(movie: Movie) -> tuple[Text, Text, Text, Text]:
    now = progress_of(movie)
    full = round(BAR * now.share)
    bar = Text("━" * full, style="green") + Text("━" * (BAR - full), style="bright_black")
    colour = {"complete": "green", "failed": "red"}.get(now.state, "yellow")
    return (
        Text(plain(named(movie.title, movie.year))),
        Text(f"{now.fetched}/{now.videos}"),
        bar + Text(f" {now.captioned}/{now.promised}"),
        Text(now.state, style=colour),
    )
