"""The tables of texts in the search box, searched in memory; tests/search/test_query_cases.py asks Elasticsearch."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.films_in_memory import FilmMemory

from benchmarks.cases.queries import COLUMNS, add_films, checked
from benchmarks.cases.tables import read_table

LONG = {"queries_read"}
TABLES = [
    pytest.param(table, marks=[pytest.mark.heavy] if table.stem in LONG else [], id=table.stem)
    for table in sorted((Path(__file__).parents[2] / "cases").glob("queries*.tsv"))
]


@pytest.mark.parametrize("table", TABLES)
def test_every_text_does_what_the_table_says(table: Path) -> None:
    rows = read_table(table, COLUMNS)
    films = FilmMemory()
    add_films(films, rows)
    outcomes = [(row["query"], row["should happen"], checked(films, row)) for row in rows]
    wrong = [(text, wish, one.came) for text, wish, one in outcomes if not one.right]
    assert wrong == []
