"""Secrets in files, one per setting: which one cannot be read, and the remedy."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

PREFIX = "movietag_"


def why_unreadable(folder: Path, names: Iterable[str]) -> str | None:
    """The first secret of the folder that this process cannot read, with the remedy, in one line; None: all are readable.

    Args:
        folder: the one of ``MOVIETAG_SECRETS_DIR``.
        names: of the settings.
    """
    if not folder.is_dir():
        return f"MOVIETAG_SECRETS_DIR: {folder} does not exist."
    try:
        there = {path.name.lower(): path for path in folder.iterdir()}
    except OSError as error:
        return _told(folder, error, "700", "755")
    for path in (there.get(PREFIX + name) for name in names):
        if path is None or path.is_dir():
            continue
        try:
            path.read_text("utf-8")
        except OSError as error:
            return _told(path, error, "600", "644")
        except UnicodeDecodeError:
            return f"The secret {path} is not UTF-8 text."
    return None


def _told(path: Path, error: OSError, own: str, open_to_all: str) -> str:
    """What is wrong, and what makes the file readable to this user: ``own`` and ``open_to_all`` are modes."""
    uid = os.geteuid()
    try:
        status = path.stat()
    except OSError:
        return f"The secret {path} cannot be read by uid {uid} ({error.strerror})."
    remedy = f"Run: chmod {own} {path}"
    if status.st_uid != uid:
        remedy = f"Run, as its owner or root: chmod {open_to_all} {path} (or chown {uid} {path})"
    return (
        f"The secret {path} cannot be read by uid {uid}: it belongs to uid {status.st_uid} and has mode"
        f" {status.st_mode & 0o7777:o} ({error.strerror}). {remedy}"
    )
