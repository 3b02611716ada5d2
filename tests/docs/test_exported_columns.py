"""docs/exporting.md lists the columns of each table that is exported, in their order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from movietag.exporting.tables import MOVIES_TABLE, SCENES_TABLE, TAG_ROWS

PAGE = Path(__file__).parents[2] / "docs" / "exporting.md"
COLUMNS = {
    "tags": [column.name for column in TAG_ROWS],
    "movies": [column.name for column in MOVIES_TABLE],
    "scenes": [column.name for column in SCENES_TABLE],
}


@pytest.mark.parametrize("table", COLUMNS)
def test_the_page_has_the_columns_of_the_table(table: str) -> None:
    text = PAGE.read_text("utf-8").partition("\n### Columns\n")[2]
    section = text.partition(f"`--table {table}`")[2]
    rows = section.partition("| column | is |\n|---|---|\n")[2].partition("\n\n")[0]
    named = [
        name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert named == COLUMNS[table]
