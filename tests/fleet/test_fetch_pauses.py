"""Pauses on a real Kafka: set, named by any address of a site, ended one by one or all at once."""

from __future__ import annotations

import pytest

from movietag.errors import UsageError
from movietag.fleet.fetch_pauses import (
    EVERYTHING,
    pause_fetching,
    read_fetch_pauses,
    resume_fetching,
)
from movietag.settings import Settings


@pytest.mark.servers
async def test_pauses_are_rows_that_every_worker_reads(own_kafka: Settings) -> None:
    assert await read_fetch_pauses(own_kafka) == {}
    assert await pause_fetching(own_kafka, "https://www.YouTube.com/watch?v=a", 7) == "youtube.com"
    assert await pause_fetching(own_kafka, "youtu.be", 9) == "youtube.com"
    assert await pause_fetching(own_kafka, "vimeo.com", 8) == "vimeo.com"
    assert await pause_fetching(own_kafka, EVERYTHING, 8) == EVERYTHING
    found = await read_fetch_pauses(own_kafka)
    assert {site: pause.since_ms for site, pause in found.items()} == {
        "youtube.com": 7,  # since the first time
        "vimeo.com": 8,
        EVERYTHING: 8,
    }
    assert await resume_fetching(own_kafka, "vimeo.com") == ["vimeo.com"]
    assert sorted(await resume_fetching(own_kafka, EVERYTHING)) == [EVERYTHING, "youtube.com"]
    assert await resume_fetching(own_kafka, EVERYTHING) == []
    assert await read_fetch_pauses(own_kafka) == {}


@pytest.mark.parametrize("text", ["youtube", "http://[::1", "not a site"])
async def test_what_is_no_site_is_refused_before_anything_is_sent(text: str) -> None:
    with pytest.raises(UsageError, match="is no site"):
        await pause_fetching(Settings(kafka="127.0.0.1:1"), text, 0)
