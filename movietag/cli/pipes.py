"""What a command does when nobody reads its output any more, as in `movietag search horror | head -1`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CUT = 141  # the reader of stdout has gone, e.g. `| head -1`: 128 + SIGPIPE, as shells report it


@contextmanager
def ended_by_reader() -> Iterator[None]:
    """Exit with ``CUT`` once nobody reads stdout any more; what is buffered is written on leaving.

    Rich and Typer exit with 1 when they meet a broken pipe; that, too, becomes ``CUT``.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _cut()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):
            _cut()
        raise


def _cut() -> None:
    """Exit; Python flushes once more when it ends, and must not fail then."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    sys.exit(CUT)
