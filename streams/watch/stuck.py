"""Detects work without progress, and reports where tasks wait."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.runtime.topics import Event
from movietag.streams.runtime.window import Entry, OrderedWindow

LOOK_SECONDS = 5.0
AGAIN_SECONDS = 300.0  # between two reports of the same entry
LOOP_SECONDS = 30.0  # so long the event loop may stand still
OURS: tuple[str, ...] = ("movietag.",)  # modules whose calls are reported
MOST_PLACES = 20  # different places in one report

log = logging.getLogger("movietag")


class StuckDetector:
    """Reports work in flight that is older than the setting ``stuck_seconds``."""

    def __init__(
        self,
        stage: str,
        settings: Settings,
        windows: Sequence[OrderedWindow[Event]],
        persist: Persistence,
    ) -> None:
        self._stage = stage
        self._limit = settings.stuck_seconds
        self._windows = windows
        self._persist = persist
        self._told: dict[Entry[Event], float] = {}

    async def watch(self) -> None:
        """Check every few seconds; never returns."""
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._limit))
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Report the entry of each window that is in work for longest if it is too old; repeated reports are rate-limited."""
        late = {
            entry: window
            for window in self._windows
            if (entry := window.longest) and now - entry.since > self._limit
        }
        self._told = {entry: at for entry, at in self._told.items() if entry in late}
        new = [e for e in late if now - self._told.get(e, -AGAIN_SECONDS) >= AGAIN_SECONDS]
        if not new:
            return
        self._told |= dict.fromkeys(new, now)
        lines = [_line(late[entry], entry, now) for entry in new]
        waits = self._persist.waiting_for or ["nothing that is to be tried again"]
        lines += [f"  waits for: {reason}" for reason in waits]
        log.error(
            "%s is stuck:\n%s", self._stage, "\n".join(lines + wait_points(asyncio.all_tasks()))
        )


def _line(window: OrderedWindow[Event], entry: Entry[Event], now: float) -> str:
    message = getattr(entry.events[0], "message", None)
    what = f"{message.topic}/{message.partition}/{message.offset}" if message else entry.events[0]
    state = "done, not acknowledged" if entry.ended else "in work"
    age = now - entry.since
    return f"  {window.name}: {what} is {state} since {age:.0f} s; {len(window)} in flight"


def wait_points(tasks: Iterable[asyncio.Task[Any]]) -> list[str]:
    """Where tasks of our code wait, one line each, most frequent first."""
    counts = Counter(point for task in tasks if (point := await_chain(task)))
    lines = [f"  {count} at {point}" for point, count in counts.most_common(MOST_PLACES)]
    left = len(counts) - MOST_PLACES
    return [*lines, f"  and {left} places more"] if left > 0 else lines


def await_chain(task: asyncio.Task[Any]) -> str:
    """The calls of our code in which a task waits, outermost first; empty if there are none."""
    calls = []
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
        if isinstance(frame, FrameType) and (call := _call(frame)):
            calls.append(call)
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
    return " > ".join(calls)


def _call(frame: FrameType) -> str:
    if not str(frame.f_globals.get("__name__", "")).startswith(OURS):
        return ""
    path = Path(frame.f_code.co_filename)
    return f"{path.parent.name}/{path.name}:{frame.f_lineno} {frame.f_code.co_name}"


async def watch_loop(limit: float = LOOP_SECONDS, file: TextIO | None = None) -> None:
    """Write the stack of every thread if the event loop blocks for ``limit`` seconds.

    A thread of the interpreter itself watches: it writes even while C code holds the interpreter.
    A process that was paused writes its stack when it goes on.

    Args:
        limit: seconds.
        file: where to; default: standard error, and with it the log.
    """
    pause = limit / 6
    try:
        while True:
            faulthandler.dump_traceback_later(limit, repeat=True, file=file or sys.stderr)
            before = time.monotonic()
            await asyncio.sleep(pause)
            stood = time.monotonic() - before - pause
            if stood > limit - pause:
                log.error("the event loop stood still for %.0f s", stood)
    finally:
        faulthandler.cancel_dump_traceback_later()
