"""The servers of the tests, of which only those are started that a test asks for."""

from __future__ import annotations

import time

from movietag.local.stack import Stack
from support.patience import QUIET_SERVER, note


class Servers:
    """A stack whose servers are started one by one. They run until the session ends."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._running: set[str] = set()

    def running(self, *names: str) -> Stack:
        """The stack, once these servers are ready."""
        if missing := tuple(name for name in names if name not in self._running):
            began = time.monotonic()
            self.stack.start(only=missing)
            note(time.monotonic() - began, QUIET_SERVER)
            self._running |= set(missing)
        return self.stack
