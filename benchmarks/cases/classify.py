"""What yt-dlp says, and whose fault it is: ``video``, ``site-transient``, ``site-broken`` or ``settings``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from benchmarks.cases import Outcome, TableError
from movietag.crawl.meanings import Fault, meaning_of

COLUMNS: Final = ("message", "kind")


def check(row: Mapping[str, str]) -> Outcome:
    """Classify the message, and compare."""
    if row["kind"] not in list(Fault):
        raise TableError(f"{row['kind']!r} is no kind; the kinds are {', '.join(Fault)}.")
    meaning = meaning_of(row["message"])
    came = f"{meaning.fault} ({meaning.kind})"
    return Outcome(meaning.fault == row["kind"], f"{came}. {meaning.remedy}".removesuffix(". "))
