"""Files that name titles: lists of them, and videos that are typed in a title's place."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from movietag.cli.output import plain, warn
from movietag.errors import UsageError
from movietag.rules.title_lists import ListedTitle, read_list
from movietag.rules.titles import is_json


def listed_titles(path: Path | None, columns: Mapping[str, str]) -> list[ListedTitle]:
    """The titles of a file, of standard input for `-`, or of none; raises UsageError if it cannot be read."""
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read titles from {path}: {error}.") from None
    return read_list(text, columns)


def warn_of_files(titles: Sequence[str]) -> None:
    """Say that a file of this machine is named, but only its title is taken."""
    for title in titles:
        if not is_json(title) and _is_file(title):
            warn(
                f"{plain(title)} is a file here: its title is read, and videos of that are searched for. To tag the"
                " file itself, name it with --file, too."
            )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or with a NUL
        return False
