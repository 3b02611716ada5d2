"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movietag.errors import UsageError


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
