"""A bound on repeated log lines, so that one fault does not rotate the log of the hour before away."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

WINDOW_SECONDS = 60.0
MOST = 3  # lines of one kind that a window lets through

_VARIABLE = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?")

Kind: TypeAlias = tuple[str, int, str]  # logger, level, and what the lines have in common

log = logging.getLogger("movietag")


@dataclass(slots=True)
class _Window:
    """The lines of one kind since ``began`` (seconds of the clock)."""

    began: float
    passed: int = 0
    held: int = 0


class RepetitionFilter(logging.Filter):
    """Lets ``most`` lines of a kind through in ``seconds``, and reports how many others there were.

    Lines of other packages are of one kind if logger, level and template are the same, whatever they are filled
    with: clients write the same for each node, partition and retry. Lines of our own loggers are of one kind only if
    their text is the same: each of them names something different.

    Attach it to handlers: a logger's filter does not see the lines of its children.

    Args:
        most: lines of a kind that pass within a window.
        seconds: the length of a window.
        clock: as ``time.monotonic``.
    """

    def __init__(
        self,
        most: int = MOST,
        seconds: float = WINDOW_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._windows: dict[Kind, _Window] = {}  # the oldest first
        self._lock = threading.Lock()  # the consumer has a thread of its own

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written."""
        self.report()
        kind = kind_of_line(record)
        with self._lock:
            window = self._windows.setdefault(kind, _Window(self._clock()))
            if window.passed < self._most:
                window.passed += 1
                return True
            window.held += 1
            return False

    def report(self) -> None:
        """Forget the windows that are over, and log how many lines each has held back."""
        now = self._clock()
        for (name, level, text), window in self._over(now):  # what is logged comes back here
            if window.held:
                log.log(
                    min(level, logging.WARNING),  # an error of a minute ago is no new one
                    "%d more lines of %s in %.0f s: %s",
                    window.held,
                    name,
                    now - window.began,
                    text,
                )

    def _over(self, now: float) -> list[tuple[Kind, _Window]]:
        """Take out the windows that are over."""
        with self._lock:
            over = []
            for kind, window in self._windows.items():
                if now - window.began < self._seconds:
                    break
                over.append((kind, window))
            for kind, _ in over:
                del self._windows[kind]
            return over

    async def watch(self) -> None:
        """Report also while nothing else is logged; never returns."""
        while True:
            await asyncio.sleep(self._seconds)
            self.report()


def kind_of_line(record: logging.LogRecord) -> Kind:
    """Logger, level, and what lines of one kind have in common."""
    if record.name.partition(".")[0] == log.name:
        return record.name, record.levelno, record.getMessage()
    return record.name, record.levelno, _VARIABLE.sub("#", str(record.msg))
