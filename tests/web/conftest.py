"""The REST API as its own process, over an Elasticsearch filled with the sample movies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from filled import elasticsearch, library
from meant import meant
from serving import serving

from movietag.settings import Settings

__all__ = ["elasticsearch", "library", "meant"]


@pytest.fixture(scope="module")
def api(library: Settings) -> Iterator[httpx.Client]:
    with (
        serving(library, MOVIETAG_WEB_RATE="100000") as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text("# of the page\n0123456789abcdef0123\n\nanother-key-of-length # of a script\n")
    return path
