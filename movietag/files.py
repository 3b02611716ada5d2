"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from movietag.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to; it replaces ``path``, safely on disk, when the block succeeds.

    Raises:
        UsageError: it cannot be written.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open(
            "rb"
        ) as written:  # before the rename, or a power failure may leave an empty file
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):  # it does not exist: it was renamed, or never created
            part.unlink()


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all.

    Args:
        path: the file, which is replaced.
        content: all of it.
        mode: its permissions from the first moment on, less the umask.

    Raises:
        UsageError: it cannot be written.
    """
    with replacing(path) as part:
        part.unlink(missing_ok=True)  # of a process that was killed and had this one's id
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into; it becomes ``out`` when the block succeeds.

    Raises:
        UsageError: ``out`` exists, or cannot be written.
    """
    if out.exists():
        raise UsageError(f"{out} already exists. Name another folder, or remove it first.")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        yield part
        part.rename(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def make_readable(folder: Path) -> None:
    """Make a folder's files readable for all users: safetensors restricts them to the owner, containers run as another."""
    for file in folder.iterdir():
        file.chmod(0o644)
