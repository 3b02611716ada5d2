"""Each remedy of docs/guarantees.md taken out, by a subclass or in its place: is it missed?

``python -m chaos.sabotage REMEDY STAGE`` runs a stage without the remedy, as ``python -m movietag.streams.STAGE``
runs it with all. ``python -m chaos --without REMEDY`` does so for every worker of a run.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import faust
import msgspec

import movietag.search.index.writer
import movietag.streams.handlers.planner
import movietag.streams.ledger.ledger
import movietag.streams.runtime.app
import movietag.streams.runtime.consuming
import movietag.streams.runtime.transport
import movietag.streams.runtime.window
import movietag.streams.stage
from movietag import topics
from movietag.records import (
    Document,
    FrameInfo,
    Manifest,
    MovieId,
    Placed,
    SlotTime,
    VideoJob,
    encode,
)
from movietag.rules.facts import Facts, identity
from movietag.rules.history import Done, History, Send
from movietag.streams.ledger.pages import packed, page_key


class AckedAsItEnds(movietag.streams.runtime.window.OrderedWindow[Any]):
    """Acknowledges each entry as it ends, whatever is still in flight before it."""

    async def run(self) -> None:
        while True:
            self._arrived.clear()
            arrived = asyncio.create_task(self._arrived.wait())
            work = {entry.task for entry in self._entries}
            await asyncio.wait({arrived, *work}, return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            for entry in [entry for entry in self._entries if entry.task.done()]:
                self._entries.remove(entry)
                self._room.release()
                entry.task.result()
                for event in entry.events:
                    await self._ack(event)


class Unsure(faust.Topic):
    """Takes every message for sent as soon as it is given."""

    sending: set[asyncio.Task[Any]] = set()  # noqa: RUF012  # of all topics

    async def send(self, **given: Any) -> Awaitable[Any]:  # type: ignore[override]
        task = asyncio.create_task(super().send(**given))
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)
        return _done()


class UnsureLedger(movietag.streams.ledger.ledger.Ledger):
    """Takes every row for written as soon as it is given."""

    def send_changelog(self, *given: Any, **options: Any) -> Any:
        super().send_changelog(*given, **options)
        return _done()


class StateLedger(movietag.streams.ledger.ledger.Ledger):
    """Keeps one row a movie, its state, which every fact replaces."""

    async def write(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        state = Facts([*self.facts(movie_id, partition), *facts])
        key, (page,) = page_key(movie_id, "state", 0), packed(state)
        await self.send_changelog(partition, key, page)
        self.pages.put(partition, [(key, page)])

    async def seal(self, movie_id: MovieId, partition: int, facts: Iterable[Placed]) -> None:
        """A state is one row already."""


def _done() -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


def _without_sends() -> None:
    make = movietag.streams.runtime.app.make_stage_app

    def make_stage_app(*given: Any, **options: Any) -> movietag.streams.runtime.app.BoundedApp:
        app = make(*given, **options)
        app.conf.Topic = Unsure  # type: ignore[assignment]
        return app

    movietag.streams.stage.make_stage_app = make_stage_app  # type: ignore[attr-defined]


def _without_versions() -> None:
    def lines(document: Document, _: str) -> tuple[bytes, ...]:
        header = {"_index": document.index, "_id": document.doc_id}
        if document.deleted:
            return (msgspec.json.encode({"delete": header}),)
        return (msgspec.json.encode({"index": header}), bytes(document.body))

    movietag.search.index.writer._lines = lines


def _without_recovery() -> None:
    async def nothing(self: object, app: faust.App, **_: Any) -> None:
        pass

    movietag.streams.stage.Stage._quiesce = nothing  # type: ignore[method-assign]
    movietag.streams.runtime.transport.uncommitted = lambda assigned, committed: []


def _tell_once(stage: ModuleType) -> None:
    """What is known already causes nothing."""
    if stage.__name__ == "movietag.streams.plan":

        class Forgetful(History):
            def recall(self, request: Any, at: Any) -> Any:
                known = super().recall(request, at)
                return Done.DONE if isinstance(known, Send) else known

        movietag.streams.handlers.planner.History = Forgetful  # type: ignore[misc]
    if stage.__name__ == "movietag.streams.count":
        counter = stage.counter

        async def update_once(movie: str, arrivals: Sequence[Any]) -> None:
            partition = arrivals[-1].partition
            state = counter._active.get(movie)
            facts = state.facts if state else Facts(stage.ledger.facts(MovieId(movie), partition))
            there = [facts.get(*identity(item.placed.fact)) for item in arrivals]
            if any(
                known is None or known.offset > item.placed.offset
                for known, item in zip(there, arrivals, strict=True)
            ):
                await counter.update(movie, arrivals)

        counter._updates._update = update_once


def _manifest_first(stage: ModuleType) -> None:
    """A video's manifest goes before its frames."""
    if stage.__name__ != "movietag.streams.fetch":
        return

    fetcher = stage.fetcher

    async def send(job: VideoJob) -> Manifest:
        held: list[tuple[int, float, bytes]] = []

        async def hold(slot: int, time: float, jpeg: bytes) -> None:
            held.append((slot, time, jpeg))

        result = await stage.download(job, hold)
        video_id = job.video.video_id
        slots = tuple(SlotTime(slot, time) for slot, time, _ in held)
        manifest = Manifest(
            job.movie_id, job.generation, video_id, result.seconds, slots, result.dropped
        )
        await fetcher.promise(manifest)
        for slot, time, jpeg in held:
            info = FrameInfo(job.movie_id, job.generation, video_id, slot, time, job.tagger)
            key, headers = f"{video_id}/{slot}".encode(), {topics.FRAME_HEADER: encode(info)}
            await (await stage.frames.send(key=key, value=jpeg, headers=headers))
        return manifest

    fetcher.sender.send = send


def _replaced(module: ModuleType, name: str, by: object) -> Callable[[], None]:
    return partial(setattr, module, name, by)


BEFORE: dict[str, Callable[[], None]] = {  # done before the stage is imported
    "ordered acknowledgement": _replaced(
        movietag.streams.runtime.consuming, "OrderedWindow", AckedAsItEnds
    ),
    "awaited sends": _without_sends,
    "awaited changelog": _replaced(movietag.streams.ledger.ledger, "Ledger", UnsureLedger),
    "facts as rows": _replaced(movietag.streams.ledger.ledger, "Ledger", StateLedger),
    "external versions": _without_versions,
    "the recovery fix": _without_recovery,
}
AFTER: dict[str, Callable[[ModuleType], None]] = {  # done to the imported stage
    "sent again on a replay": _tell_once,
    "the manifest last": _manifest_first,
}
REMEDIES = (*BEFORE, *AFTER)


def main() -> None:
    """Run the stage of the command line without the remedy of the command line."""
    remedy, name = sys.argv[1:]
    BEFORE.get(remedy, lambda: None)()
    stage = importlib.import_module(f"movietag.streams.{name}")
    AFTER.get(remedy, lambda module: None)(stage)
    stage.stage.main()


if __name__ == "__main__":
    main()
