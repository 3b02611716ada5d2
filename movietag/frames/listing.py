"""The files below a folder. Blocks."""

from __future__ import annotations

import os
from pathlib import Path


def files_below(folder: Path) -> list[Path]:
    """The files in a folder and its sub-folders, sorted by path; links to folders and hidden folders are left out.

    Raises:
        OSError: the folder cannot be listed.
    """
    files = [one for one in folder.iterdir() if not one.is_dir()]
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if Path(at) != folder:
            files += [Path(at, name) for name in names]
    return sorted(files)
