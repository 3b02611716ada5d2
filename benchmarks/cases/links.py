"""Addresses of videos, a second (decimal), and the link that must open the video there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from benchmarks.cases import Outcome, TableError
from movietag.rules.links import link

COLUMNS: Final = ("video url", "seconds", "link")


def check(row: Mapping[str, str]) -> Outcome:
    """Make the link, and compare."""
    try:
        came = link(row["video url"], float(row["seconds"]))
    except ValueError:
        raise TableError(f"{row['seconds']!r} is no number of seconds.") from None
    return Outcome(came == row["link"], came)
