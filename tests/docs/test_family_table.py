"""The table of families in docs/models.md is the one that tests/families checks."""

from __future__ import annotations

from support.families import FAMILIES

from tools.families import PAGE, ROWS, page_with_families


def test_the_page_has_the_table() -> None:
    page = PAGE.read_text()
    assert page_with_families(page) == page, "run `python -m tools.families`"


def test_every_family_has_a_row() -> None:
    assert set(FAMILIES) <= set(ROWS)
