"""docs/titles.md: each of its examples is read as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from movietag.rules.titles import parse_title

PAGE = (Path(__file__).parents[2] / "docs" / "titles.md").read_text("utf-8")
TABLE = PAGE.partition("## What a line may look like")[2].partition("What looks like one")[0]
KEPT = PAGE.partition("What looks like one")[2].partition("`Heat 1995`")[0]
CODE = re.compile(r"`([^`]+)`")
LINES = [line for row in TABLE.splitlines()[4:] if row for line in CODE.findall(row.split("|")[2])]
READ = {
    *("Heat", "七人の侍", "기생충", "Сталкер", "The Matrix", "1917", "Blade Runner 2049", "Hero", "Seven"),
    *("The Usual Suspects", "L'Avventura", "The Lord of the Rings: The Two Towers", "The Postman"),
    "Ocean's Eleven",
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_what_a_line_may_look_like(line: str) -> None:
    title = parse_title(line.encode())
    assert title.title in READ
    assert title.year or "Two Towers" in line
    assert bool(title.imdb or title.tmdb) == any(sign in line for sign in ("tmdb", "imdb"))


@pytest.mark.parametrize("line", CODE.findall(KEPT))
def test_what_is_of_the_title_stays(line: str) -> None:
    title = parse_title(line.encode())
    assert (title.title, title.year) == (line, None)
