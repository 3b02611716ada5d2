"""Temporary folders that do not long outlive their process, even if it is killed."""

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
    """A fresh folder, removed with its content at the end of the block.

    It is in a folder of this process; folders of killed processes are removed on first use.

    Args:
        owner: uid of the only account that works there; None: that of this process.
    """
    folder = Path(tempfile.mkdtemp(dir=_base()))
    _give(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kept_folder(name: str, owner: int | None = None) -> Path:
    """A folder of this name next to the scratch folders, which lasts as long as this process."""
    folder = _base() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    _give(folder, owner)
    return folder


def remove_leftovers(temp: Path) -> int:
    """Remove the folders in ``temp`` whose process has ended; return how many."""
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
    base.mkdir(mode=0o700, exist_ok=True)  # tmp may have taken it/tmp may have taken it
    return base


def _give(folder: Path, owner: int | None) -> None:
    """Make another account the owner of a folder, and let it traverse the parent."""
    if owner is not None:
        folder.parent.chmod(0o711)
        os.chown(folder, owner, owner)


@cache
def _own_base(temp: Path, pid: int) -> Path:
    """The folder of this process, locked as long as it lives (``pid``: a fork gets its own)."""
    remove_leftovers(temp)
    base = Path(tempfile.mkdtemp(prefix=PREFIX, dir=temp))
    # Created unlocked under a name that no cleanup looks for, then locked, then renamed: so the cleanup of another
    # process never sees an unlocked lock file. Its descriptor stays open on purpose.
    fresh = base / f"{_LOCK}.new"
    fresh.touch(mode=0o600)
    _try_lock(fresh)
    fresh.rename(base / _LOCK)
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return base


def _try_lock(path: Path) -> int | None:
    """Lock a file; None if another process holds it or this one may not open it."""
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
