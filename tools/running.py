"""Other programs, run to their end: what they say is told only when they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from movietag.errors import TransientError, UsageError

LAST = 2000  # characters of what a program said


def needed(program: str, why: str) -> str:
    """The path of a program.

    Raises:
        UsageError: it is not on PATH; the text says what it is needed for.
    """
    found = shutil.which(program)
    if found is None:
        raise UsageError(f"{program} is not on PATH: {why}.")
    return found


def said(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    given: bytes = b"",
    more: Mapping[str, str] | None = None,
) -> bytes:
    """What a program prints on its standard output.

    Args:
        command: the program and its arguments.
        folder: in which it runs; default: this process's.
        given: its standard input.
        more: variables beside those of this process.

    Raises:
        TransientError: it fails; the text is the end of what it said.
    """
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        check=False,
        cwd=folder,
        env=os.environ | dict(more or {}),
    )
    if done.returncode:
        text = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise TransientError(f"{Path(command[0]).name} failed: {text[-LAST:]}")
    return done.stdout
