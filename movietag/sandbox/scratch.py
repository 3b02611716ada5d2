"""Temporary folders that never outlive their process by long, even one that was killed."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

PREFIX: Final = "movietag-child-"
_LOCK: Final = "in-use"


@contextmanager
def scratch_folder(owner: int | None = None) -> Iterator[Path]:
    """A fresh folder, removed with all that is in it at the end, however the block ends.

    Lies in a folder of this process; those that killed processes left are removed at first use.

    Args:
        owner: uid of the account that works there, and nobody else does; None: this process's own.
    """
    folder = Path(tempfile.mkdtemp(dir=_base()))
    _give(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kept_folder(name: str, owner: int | None = None) -> Path:
    """A folder of this name beside the scratch folders, that lasts as long as this process."""
    folder = _base() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    _give(folder, owner)
    return folder


def remove_leftovers(temp: Path) -> int:
    """Remove the folders in ``temp`` whose process is gone; return how many."""
    count = 0
    for base in temp.glob(f"{PREFIX}*/{_LOCK}"):
        lock = _try_lock(base)
        if lock is not None:
            shutil.rmtree(base.parent, ignore_errors=True)
            os.close(lock)
            count += 1
    return count


def _base() -> Path:
    base = _own_base(Path(tempfile.gettempdir()), os.getpid())
    base.mkdir(mode=0o700, exist_ok=True)  # a cleaner of /tmp may have taken it
    return base


def _give(folder: Path, owner: int | None) -> None:
    """Make a folder another account's own, and let it through to it."""
    if owner is not None:
        folder.parent.chmod(0o711)
        os.chown(folder, owner, owner)


@cache
def _own_base(temp: Path, pid: int) -> Path:
    """The folder of this process, locked for as long as it lives (``pid``: a fork gets its own)."""
    remove_leftovers(temp)
    base = Path(tempfile.mkdtemp(prefix=PREFIX, dir=temp))
    # Made unlocked under a name that no sweep looks for, then locked, then named: a sweep by another
    # process never meets a lock file that is not held. Its descriptor stays open on purpose.
    fresh = base / f"{_LOCK}.new"
    fresh.touch(mode=0o600)
    _try_lock(fresh)
    fresh.rename(base / _LOCK)
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return base


def _try_lock(path: Path) -> int | None:
    """Lock a file; ``None`` where another process holds it or it is not ours to open."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
