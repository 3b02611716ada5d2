"""Answers as models write them, and their quality mark.

``finish``: `stop`, `length`, or `-` where the model does not say. ``vocabulary``: a built-in one, or `tags: a | b`.
``quality``: the mark, `-` for none. ``half``: `seen` while the marks were written, or `kept` back until they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from benchmarks.cases import Outcome
from movietag.captioning.quality import QualityMarker
from movietag.vocabulary import Vocabulary, load

COLUMNS: Final = ("answer", "finish", "vocabulary", "quality")
TAGS: Final = "tags:"


def check(row: Mapping[str, str]) -> Outcome:
    """Mark the answer, and compare."""
    finish = row["finish"].removesuffix("-")
    came = QualityMarker(_vocabulary(row["vocabulary"])).mark(row["answer"], finish) or "-"
    return Outcome(came == row["quality"], came)


def _vocabulary(cell: str) -> Vocabulary:
    if not cell.startswith(TAGS):
        return load(cell)
    tags = [tag.strip() for tag in cell.removeprefix(TAGS).split("|")]
    return Vocabulary("cases", dict.fromkeys(tags, ()))
