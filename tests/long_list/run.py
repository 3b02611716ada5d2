"""The steps of a run, each of which returns what was seen."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chaos.world import Movie
from support.commands import run_movietag

from long_list.field import Field
from long_list.figures import Told, estimates, open_at_once
from long_list.site import WANTED
from movietag.cli.ahead import progress_of_library
from movietag.errors import TransientError
from movietag.local.outlook import LibraryProgress
from movietag.search.naming import NothingFound
from movietag.search.reader import reader
from movietag.search.scans import scan_movies

QUIET: Final = 12.0  # seconds without a request, after which nothing is asked for any more
EVERY: Final = 3.0  # seconds between two looks
PERSON: Final = 60.0  # seconds within which a person's title is done while a list waits


class Run:
    """One run over the movies of a list; the first movie is not of the list, a person adds it.

    Attributes:
        told: the estimates since the last disturbance.
    """

    def __init__(self, field: Field, movies: Sequence[Movie], stuck: float) -> None:
        self.field, self.site, self.stuck = field, field.site, stuck
        self.person, *listed = movies
        tenth = max(1, len(listed) // 10)
        self.kept, self.cancelled = listed[:-tenth], listed[-tenth:]
        self.told: list[Told] = []
        self.begun: set[str] = set()  # movies that were searched for before they were cancelled

    async def command(self, *arguments: str) -> str:
        """Run a command, which must do what it is for."""
        done = await asyncio.to_thread(run_movietag, self.field.settings, *arguments)
        assert done.returncode == 0, (arguments, done.stdout[-500:], done.stderr[-2000:])
        return done.stdout

    def written(self, name: str, movies: Sequence[Movie]) -> str:
        """The path of a list of these movies."""
        path: Path = self.field.folder / name
        path.write_text("\n".join(movie.line for movie in movies) + "\n")
        return str(path)

    async def list_sent(self) -> dict[str, object]:
        """Send the list; it is being worked off when this returns."""
        began = time.monotonic()
        path = self.written("list.txt", [*self.kept, *self.cancelled])
        said = await self.command("add", "--from", path)
        took = time.monotonic() - began
        await self.asked_more(10)
        return {
            "titles": len(self.kept) + len(self.cancelled),
            "seconds": round(took, 1),
            "said": said.strip().splitlines()[-1],
        }

    async def person_served(self) -> dict[str, object]:
        """Add a title as a person does, and wait until it is done."""
        waiting = await self.progress()
        began = time.monotonic()
        await self.command("add", self.person.line)
        sent = time.monotonic()
        while await self.status_of(self.person) != "complete":
            self.require_progress(began)
            await asyncio.sleep(0.5)
        took = time.monotonic() - sent
        left = waiting.titles if waiting else None
        return {"seconds": round(took, 1), "titles_waiting": left, "ok": took <= PERSON}

    async def paused(self) -> dict[str, object]:
        """Pause fetching, look whether anything is asked for, and resume it."""
        await self.command("pause")
        before = len(self.site.asks)
        await self.silent()
        begun, at = len(self.site.asks) - before, len(self.site.asks)
        await asyncio.sleep(QUIET)
        during, progress = len(self.site.asks) - at, await self.progress()
        await self.command("resume")
        resumed = time.monotonic()
        await self.asked_more(1)
        return {
            "finished_first": begun,
            "asked_meanwhile": during,
            "said": progress.text if progress else "",
            "resumed_after": round(time.monotonic() - resumed, 1),
            "ok": during == 0,
        }

    async def cancel(self) -> dict[str, object]:
        """Cancel the last tenth of the list."""
        began = time.monotonic()
        path = self.written("cancelled.txt", self.cancelled)
        await self.command("cancel", "--from", path, "--yes")
        self.begun = {one.movie_id for one in self.cancelled if one.title in self.site.searched}
        return {
            "movies": len(self.cancelled),
            "seconds": round(time.monotonic() - began, 1),
            "searched_before": len(self.begun),
        }

    async def budgeted(self, videos: int) -> dict[str, object]:
        """Start the stages with a budget of videos, until it is spent, and then without."""
        await asyncio.to_thread(self.field.stages.down)
        before = len(self.site.asks)
        await asyncio.to_thread(self.field.restart, fetch_videos_a_day=videos)
        while len(self.site.asks) - before < videos:
            self.require_progress()
            await asyncio.sleep(1)
        await self.silent()
        asked, progress = len(self.site.asks) - before, await self.progress()
        await asyncio.to_thread(self.field.restart)
        return {
            "videos_a_day": videos,
            "asked": asked,
            "said": progress.text if progress else "",
            "ok": videos <= asked <= videos + self.field.settings.fetch_parallel,
        }

    async def worked_off(self) -> dict[str, object]:
        """Wait until all is done; how far the estimates on the way were from the truth."""
        self.told.clear()
        began, end, calm = time.monotonic(), 0.0, 0
        while calm < 3:
            self.require_progress(began)
            if progress := await self.progress():
                done = _ended(progress)
                end = end if done and calm else time.monotonic()
                calm = calm + 1 if done else 0
                if not done:
                    self.told.append(Told(time.monotonic(), progress.share, progress.seconds))
                print(f"  {time.monotonic() - began:.0f} s: {progress.text}", file=sys.stderr)
            await asyncio.sleep(EVERY)
        found = estimates(self.told, end)
        within = found["within"]
        assert isinstance(within, float)
        return {**found, "seconds": round(end - began), "ok": within >= 0.95}

    async def order(self) -> dict[str, object]:
        """How many movies of the list were begun at the same time; once begun, they are finished first."""
        listed = {str(movie.number) for movie in self.kept}
        movies = (number_of(site_id) for _, site_id in self.site.asks)
        most, mean = open_at_once(movie for movie in movies if movie in listed)
        limit = 2 * self.field.settings.plan_ahead // WANTED
        return {"open_most": most, "open_mean": mean, "limit": limit, "ok": most <= limit}

    async def outcome(self) -> dict[str, object]:
        """What became of the movies: all of the list that have videos are complete, those cancelled are none."""
        async with reader(self.field.settings) as library:
            found = {movie.movie_id: movie.status async for movie in scan_movies(library)}
        expected = {
            movie.movie_id: "complete" if movie.standing else "failed"
            for movie in (*self.kept, self.person)
        }
        # What has images keeps them; the others that were cancelled are no movies.
        kept = {one: "complete" for one in self.begun if found.get(one) == "complete"}
        differing = (expected | kept).items() ^ found.items()
        wrong = [f"{movie_id}: {found.get(movie_id)}" for movie_id, _ in differing]
        cancelled = {str(movie.number) for movie in self.cancelled}
        asked = sum(number_of(site_id) in cancelled for _, site_id in self.site.asks)
        return {
            "movies": len(found),
            "wrong": len(wrong),
            "first": wrong[:5],
            "cancelled_asked": asked,
            "cancelled_kept": len(kept),
            "ok": not wrong,
        }

    async def twice(self) -> dict[str, object]:
        """Send the list again: nothing is asked for that is there already."""
        asked, searched = Counter(self.site.asked), Counter(self.site.searched)
        await self.command("add", "--from", self.written("again.txt", self.kept))
        calm = 0
        while calm < 3:
            calm = calm + 1 if _ended(await self.progress()) else 0
            await asyncio.sleep(EVERY)
        whole = [movie for movie in self.kept if len(movie.standing) >= WANTED]
        again = [
            movie.line
            for movie in whole
            if self.site.searched[movie.title] > searched[movie.title]
            or any(self.site.asked[clip.site_id] > asked[clip.site_id] for clip in movie.clips)
        ]
        others = sum((self.site.searched - searched).values())
        return {
            "whole": len(whole),
            "done_twice": len(again),
            "first": again[:5],
            "short_searched": others,
            "ok": not again,
        }

    # -- looking

    async def progress(self) -> LibraryProgress | None:
        """How far the library is."""
        return await progress_of_library(self.field.stages.settings)

    async def status_of(self, movie: Movie) -> str:
        """The status of a movie; empty where there is none."""
        try:
            async with reader(self.field.settings) as library:
                found = await library.by_id(movie.movie_id)
        except (TransientError, NothingFound):
            return ""
        return found.status

    async def asked_more(self, videos: int) -> None:
        """Wait until the site was asked for so many more videos."""
        before, began = len(self.site.asks), time.monotonic()
        while len(self.site.asks) - before < videos:
            self.require_progress(began)
            await asyncio.sleep(0.5)

    async def silent(self) -> None:
        """Wait until the site was not asked for ``QUIET`` seconds."""
        last, since = len(self.site.asks), time.monotonic()
        while time.monotonic() - since < QUIET:
            if len(self.site.asks) > last:
                last, since = len(self.site.asks), time.monotonic()
            await asyncio.sleep(0.5)

    def require_progress(self, since: float = 0.0) -> None:
        """Give up when the site was not asked for anything for too long."""
        last = max(since, self.site.asks[-1][0] if self.site.asks else 0.0)
        if last and time.monotonic() - last > self.stuck:
            videos = len(self.site.asks)
            raise AssertionError(f"nothing asked for in {self.stuck:.0f} s, after {videos} videos")


def number_of(site_id: str) -> str:
    """The number of a video's movie."""
    return site_id.partition("v")[0].removeprefix("m")


def _ended(progress: LibraryProgress | None) -> bool:
    return progress is not None and progress.done == progress.total and progress.seconds == 0
