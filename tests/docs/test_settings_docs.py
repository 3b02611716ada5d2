"""docs/settings.md is what the table of settings says."""

from __future__ import annotations

from pathlib import Path

import pytest

from movietag.cli.settings_docs import settings_markdown
from movietag.settings import PAPER, Settings, load_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


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


def test_the_preset_of_the_paper_fills_in_what_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().match == "words-negation"
    monkeypatch.setenv("MOVIETAG_PRESET", "paper")
    monkeypatch.setenv("MOVIETAG_VIDEOS", "3")
    found = load_settings()
    assert found.videos == 3
    assert {name: getattr(found, name) for name in PAPER} == {**PAPER, "videos": 3}
    assert Settings(preset="paper", match="words").match == "words"
