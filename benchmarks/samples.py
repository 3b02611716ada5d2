"""What a run of the stages takes of memory, and what waits meanwhile, sampled every second."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import suppress

import psutil

from movietag.local.leftovers import processes_of
from movietag.local.stack import Stack
from movietag.streams.backlog import Backlog
from movietag.topics import stage_group

STAGES = "movietag.streams."  # how the modules of stages are named


class Samples:
    """Memory of the stages and the backlog, every second."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._since = time.monotonic()
        self.backlog = Backlog(stack.settings, stage_group("caption"), stack.settings.backlog_bytes)
        self.memory: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        self.waiting: list[tuple[float, float]] = []

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return round(time.monotonic() - self._since, 1)

    async def take(self) -> None:
        """Sample for ever."""
        while True:
            for name, resident in await asyncio.to_thread(self._resident):
                self.memory[name].append((self.now, resident))
            self.waiting.append((self.now, round(self.backlog.waiting / 2**20, 1)))
            await asyncio.sleep(1)

    def _resident(self) -> list[tuple[str, float]]:
        found = []
        for process in processes_of(self._stack.where.home):
            with suppress(psutil.Error):
                words = process.cmdline()
                stage = next(
                    (word.removeprefix(STAGES) for word in words if word.startswith(STAGES)), None
                )
                if stage:
                    found.append((stage, round(process.memory_info().rss / 2**20, 1)))
        return found
