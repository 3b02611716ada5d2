"""Stops a stack when the process that owns it ends, for whatever reason. Standard library only.

    python -S -E owner.py OWNER SUPERVISOR     # pids; returns immediately, a daemon of it waits

The supervisor is a daemon: a test or a demo that is killed, or interrupted twice, would otherwise leave it and its
servers running for ever. If the supervisor ends first, nothing is left to do.
"""

from __future__ import annotations

import os
import select
import signal
import sys

OWNER = "MOVIETAG_OWNER"  # in the environment: pid of the owner of a stack that this process starts


def wait(owner: int, supervisor: int) -> None:
    """Wait until one of two processes ends; stop the supervisor if it was the owner."""
    poll = select.poll()
    try:
        ends = os.pidfd_open(supervisor)
    except ProcessLookupError:
        return
    poll.register(ends, select.POLLIN)
    try:
        owned = os.pidfd_open(owner)
    except ProcessLookupError:
        os.kill(supervisor, signal.SIGTERM)
        return
    poll.register(owned, select.POLLIN)
    if ends not in dict(poll.poll()):
        os.kill(supervisor, signal.SIGTERM)  # its pid was not reused: it has not ended


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    os.setsid()
    wait(int(sys.argv[1]), int(sys.argv[2]))
