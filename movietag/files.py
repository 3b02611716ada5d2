"""Files and folders that a command writes: whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from movietag.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, which takes the place of ``path`` when the block ends well.

    Raises:
        UsageError: it cannot be written there.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):  # it is not there: it was renamed, or never made
            part.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    with replacing(path) as part:
        part.write_bytes(content)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into, which becomes ``out`` when the block ends well.

    Raises:
        UsageError: ``out`` is already there, or cannot be written.
    """
    if out.exists():
        raise UsageError(f"{out} is already there. Name another folder, or remove it first.")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        yield part
        part.rename(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def readable(folder: Path) -> None:
    """Let everybody read its files: safetensors writes for the owner alone, containers have another user."""
    for file in folder.iterdir():
        file.chmod(0o644)
