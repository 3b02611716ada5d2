"""A running Elasticsearch with the sample movies, read or called over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from support.filled_index import elasticsearch, es, filled, library, reader, vocabulary
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings

__all__ = ["elasticsearch", "es", "filled", "library", "reader", "vocabulary"]


@pytest.fixture(scope="module")
def served(library: Settings) -> Iterator[httpx.Client]:
    with (
        serving(library, MOVIETAG_WEB_RATE="100000") as address,
        httpx.Client(base_url=address, timeout=patience(30)) as client,
    ):
        yield client
