"""Files that name titles: lists of them, and videos that are typed in a title's place."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from movietag.cli.output import plain, run, warn
from movietag.errors import UsageError
from movietag.fleet.stage_roots import refused_path, roots_at_work
from movietag.kafka.workers import this_worker
from movietag.rules.title_lists import ListedTitle, read_list
from movietag.rules.titles import is_json
from movietag.settings import Settings


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


def refuse_paths(settings: Settings, paths: Sequence[str]) -> Settings:
    """The settings with the roots of the stages that run on this machine, which decide what may be added.

    Raises:
        UsageError: the running stages may not read one of these paths.
    """
    if not paths:
        return settings
    host = this_worker(settings).host
    at_work = run(roots_at_work(settings))
    if refused := refused_path(paths, at_work, host):
        raise UsageError(refused)
    here = [Path(root) for one in at_work if one.host == host for root in one.roots]
    return settings.model_copy(update={"roots": tuple(here)}) if here else settings
