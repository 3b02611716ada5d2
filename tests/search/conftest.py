"""A running Elasticsearch, one filled with the sample movies, and commands that look at it, or at none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.filled_index import elasticsearch, es, filled, library, reader, vocabulary
from support.meaning_movies import captioned, meant

from movietag.settings import get_settings

__all__ = ["captioned", "elasticsearch", "es", "filled", "library", "meant", "reader", "vocabulary"]


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands find no Elasticsearch."""
    monkeypatch.setenv("MOVIETAG_ELASTICSEARCH", "http://127.0.0.1:9")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()
