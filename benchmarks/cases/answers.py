"""Answers as models write them, and the tags of `mpst` that they affirm.

``end``: `cut` if the answer was cut at the limit of tokens, else `-`. ``tags``: separated by `;`, `-` for none.
``half``: `seen` while the reader was written, or `kept` back until it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from benchmarks.cases import Outcome
from movietag.vocabulary import load
from movietag.vocabulary.answers import read_answer

COLUMNS: Final = ("answer", "end", "tags")


def check(row: Mapping[str, str]) -> Outcome:
    """Read the answer, match it, and compare."""
    text = read_answer(row["answer"], cut=row["end"] == "cut").text
    came = "; ".join(sorted(load("mpst").match(text))) or "-"
    return Outcome(came == row["tags"], came)
