"""The tables of titles and what people type for them, on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.filled_index import elasticsearch

from benchmarks.cases.search_titles import COLUMNS, figures, judge_in
from benchmarks.cases.tables import read_table
from movietag.settings import Settings

__all__ = ["elasticsearch"]
LONG = {"search_titles_read"}  # tests/rules/spelling has their rows without a server
TABLES = [
    pytest.param(table, marks=[pytest.mark.slow] if table.stem in LONG else [], id=table.name)
    for table in sorted(Path(__file__).parent.glob("search_titles*.tsv"))
]


@pytest.mark.parametrize("table", TABLES)
async def test_every_row_is_right(table: Path, elasticsearch: dict[str, Any]) -> None:
    rows = read_table(table, COLUMNS)
    outcomes = await judge_in(Settings(**elasticsearch), rows)
    wrong = [
        f"{row}: {outcome.came}"
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.counted and not outcome.right
    ]
    assert wrong == []
    assert figures(rows, outcomes)["contradicted"] == 0
