"""Titles and saved names that shells are offered, from a real Elasticsearch."""

from __future__ import annotations

import asyncio

import pytest

from movietag.cli.completing import complete_query, complete_saved, complete_titles
from movietag.search import saved
from movietag.search.reader import reader
from movietag.settings import get_settings


@pytest.mark.usefixtures("filled")
class TestCompleting:
    def test_titles_in_any_case(self) -> None:
        assert complete_titles("moonl") == ["moonlit Harbor (1998)"]
        assert complete_query("moonlit har") == ["moonlit harbor (1998)"]
        assert "Moonlit Harbor (1998)" in complete_titles("")

    def test_saved_names(self) -> None:
        async def save() -> None:
            async with reader(get_settings()) as library:
                await saved.save(library, "scary of completing", "horror")

        asyncio.run(save())
        assert complete_saved("scary of c") == ["scary of completing"]

    def test_a_server_that_is_away_is_no_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOVIETAG_ELASTICSEARCH", "http://127.0.0.1:9")
        get_settings.cache_clear()
        assert complete_titles("moonl") == complete_saved("scary") == []
