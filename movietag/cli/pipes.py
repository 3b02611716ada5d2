"""What a command does when nobody reads its output any more, as in `movietag search horror | head -1`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CUT = 141  # the reader of stdout has gone, e.g. `| head -1`: 128 + SIGPIPE, as shells report it


@contextmanager
def ended_by_reader() -> Iterator[None]:
    """Exit with ``CUT`` once nobody reads stdout any more; what is buffered is written on leaving."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # Python flushes once more when it ends
        sys.exit(CUT)
