"""The tables of texts in the search box, on the Elasticsearch of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases.films import FilmIndex
from benchmarks.cases.queries import COLUMNS, add_films, checked
from benchmarks.cases.tables import read_table
from movietag.settings import Settings

QUICK = {"queries", "queries_more"}  # of all others tests/search/query searches the films in memory
TABLES = [
    pytest.param(table, marks=[] if table.stem in QUICK else [pytest.mark.slow], id=table.stem)
    for table in sorted((Path(__file__).parents[1] / "cases").glob("queries*.tsv"))
]


@pytest.fixture(scope="module")
def films(elasticsearch: dict[str, Any]) -> Iterator[FilmIndex]:
    made = FilmIndex(Settings(**elasticsearch))
    yield made
    made.remove()


@pytest.mark.parametrize("table", TABLES)
def test_every_text_does_what_the_table_says(films: FilmIndex, table: Path) -> None:
    rows = read_table(table, COLUMNS)
    add_films(films, rows)
    outcomes = [(row["query"], row["should happen"], checked(films, row)) for row in rows]
    wrong = [(text, wish, one.came) for text, wish, one in outcomes if not one.right]
    assert wrong == []
