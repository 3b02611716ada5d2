"""The tables of titles and what people type for them, by the analysis alone: every row, in milliseconds.

``tests/cases/test_search_titles.py`` asks Elasticsearch the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cases.search_titles import COLUMNS
from benchmarks.cases.tables import read_table
from movietag.rules.spelling import near_title, wanted_title
from movietag.search.naming import split_year

TABLES = sorted((Path(__file__).parents[2] / "cases").glob("search_titles*.tsv"))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_every_row_is_right(table: Path) -> None:
    rows = read_table(table, COLUMNS)
    library = [split_year(title) for title in dict.fromkeys(row[COLUMNS[0]] for row in rows)]
    wrong = []
    for row in rows:
        wanted, near = wanted_title(row[COLUMNS[1]]), near_title(row[COLUMNS[1]])
        movie = split_year(row[COLUMNS[0]])
        found = wanted.fits(*movie)
        if row["kind"].startswith("slip") and not any(wanted.fits(*one) for one in library):
            found = near.fits(*movie)
        if row["expected"] != "debatable" and found != (row["expected"] == "found"):
            wrong.append(row)
    assert wrong == []
