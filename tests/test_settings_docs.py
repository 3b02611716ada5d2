"""docs/settings.md is what the table of settings says."""

from __future__ import annotations

from pathlib import Path

from movietag.settings import Settings
from movietag.settings_docs import settings_markdown

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == settings_markdown(), (
        "Run: movietag doctor --settings-markdown > docs/settings.md"
    )


def test_every_setting_has_a_row_and_a_help_text() -> None:
    rows = [
        line.split(" | ") for line in settings_markdown().splitlines() if "| `MOVIETAG_" in line
    ]
    assert len(rows) == len(Settings.model_fields)
    assert all(len(row) == 4 and len(row[3]) > 10 for row in rows)
