"""The rules, in a hurry: seconds for the minutes that an alert waits, and a short time for an old backlog."""

from __future__ import annotations

import re

HOUR = "> 3600"  # what MovietagBacklogOld allows
BACKLOG_SECONDS = 20
_WAITS = re.compile(r"^(\s+for: )(\d+)[mh]$", re.MULTILINE)


def hurried(rules: str) -> str:
    """Rules of the same queries that fire within seconds: `for: 5m` becomes `for: 5s`, and so does `5h`.

    Raises:
        ValueError: the rules lack what is to be shortened.
    """
    text, waits = _WAITS.subn(r"\1\2s", rules)
    if not waits or text.count(HOUR) != 1:
        raise ValueError(f"{waits} alerts wait, and {text.count(HOUR)} allow an hour.")
    return text.replace(HOUR, f"> {BACKLOG_SECONDS}")
