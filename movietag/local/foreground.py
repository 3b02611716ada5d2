"""Staying with a stack until somebody ends it: for systemd, and for a terminal."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_signals() -> Iterator[int]:
    """A file descriptor that can be read once one of ``STOPS`` has come; in the block they end nothing by themselves."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = {number: signal.signal(number, lambda *_: None) for number in STOPS}
    woken = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def wait_for_end(supervisor: int, stops: int) -> bool:
    """Wait until the supervisor's process ends, or a signal to stop has come.

    Args:
        supervisor: its pid.
        stops: of ``stop_signals``.

    Returns:
        Whether it was a signal; False: the supervisor has ended.
    """
    poll = select.poll()
    poll.register(stops, select.POLLIN)
    try:
        ends = os.pidfd_open(supervisor)
    except ProcessLookupError:
        return False
    try:
        poll.register(ends, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if ends in ready:
                return False
            if stops in ready and set(os.read(stops, 64)) & set(STOPS):
                return True
    finally:
        os.close(ends)
