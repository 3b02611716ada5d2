"""Files and folders that settings name: whether they exist and can be read, by the kind of the setting."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel

from movietag.errors import UsageError


class PathKind(Enum):
    """What a setting names; it is part of the type of the setting."""

    FILE = "file"
    FOLDER = "folder"


InputFile = Annotated[Path | None, PathKind.FILE]
"""A file that must exist where it is read, if it is set."""
InputFolder = Annotated[Path | None, PathKind.FOLDER]
"""A folder that must exist where it is read, if it is set."""


def check_paths(settings: BaseModel) -> None:
    """Check every file and folder that the settings name: for a command that starts all that read them.

    Raises:
        UsageError: one cannot be used; the text names each variable, its path and the reason.
    """
    if lines := list(_unusable(settings)):
        raise UsageError("\n".join(["Invalid settings:", *lines]))


def _unusable(settings: BaseModel) -> Iterator[str]:
    for name, field in type(settings).model_fields.items():
        path = getattr(settings, name)
        for kind in field.metadata:
            if isinstance(kind, PathKind) and path and (why := why_unusable(path, kind)):
                yield f"  MOVIETAG_{name.upper()}: {why}"


def why_unusable(path: Path, kind: PathKind) -> str:
    """Why a path is no file or folder that can be read; empty: it is one."""
    path = path.expanduser().absolute()
    right = path.is_file() if kind is PathKind.FILE else path.is_dir()
    if not right:
        there = path.exists()
        return f"{path} is not a {kind.value}." if there else f"there is no {kind.value} {path}."
    wanted = os.R_OK if kind is PathKind.FILE else os.R_OK | os.X_OK
    if not os.access(path, wanted):
        return f"{path} cannot be read by uid {os.geteuid()}."
    return ""
