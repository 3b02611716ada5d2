"""One command at a time: a lock file held by ``flock``, so it is released when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movietag.errors import MovietagError


@contextmanager
def locked_file(
    path: Path, *, wait: bool = False, doing: str = "starting or stopping this stack"
) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` inside the block.

    Args:
        path: the lock file; created if missing, never deleted.
        wait: wait for the holder; otherwise fail with its pid.
        doing: what the holder does, for the text.

    Raises:
        MovietagError: another process holds it, and ``wait`` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            raise MovietagError(
                f"Another movietag command (pid {file.read().strip() or 'unknown'}) is"
                f" {doing}; wait for it. (Lock: {path})"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
