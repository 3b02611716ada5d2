"""docs/glossary.md explains the words that are ours: those that CONTRIBUTING.md names."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
OURS = re.compile(r"ours stay only where the field has none: ([^.]*)\.")
EXPLAINED = [
    word
    for row in re.findall(r"^\| \*\*(.+?)\*\* \|", PAGE, re.MULTILINE)
    for word in row.split(", ")
]


def test_every_word_of_ours_is_explained_first() -> None:
    found = OURS.search((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert found
    ours = re.sub(r" \([^)]*\)", "", " ".join(found[1].split())).split(", ")
    assert len(ours) > 5
    assert sorted(EXPLAINED[: len(ours)]) == sorted(ours)
    assert "The first nine are ours" in PAGE
    assert len(ours) == 9


def test_no_word_is_explained_twice() -> None:
    assert len(set(EXPLAINED)) == len(EXPLAINED)
