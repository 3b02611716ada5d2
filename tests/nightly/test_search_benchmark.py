"""The search benchmark in small: a made-up library is searched under load, and no call fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from elasticsearch import AsyncElasticsearch
from support.addresses import search_environment
from support.filled_index import aliases_of, elasticsearch, es, library
from support.patience import patience, slowness

from movietag.local.stack import Stack
from movietag.settings import PACKAGE, Settings

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]

__all__ = ["elasticsearch", "es", "library"]
MOVIES, IMAGES, SECONDS, BEFORE = 200, 10, 15, 100
CALLS_PER_SECOND = 20  # on a quiet machine


async def test_no_search_fails_under_load_and_the_library_is_searched_again_then(
    embedded_search: Stack, library: Settings, es: AsyncElasticsearch
) -> None:
    before = await aliases_of(es)
    assert "movies" in before
    rate = max(1, round(CALLS_PER_SECOND / slowness()))
    size = map(str, (MOVIES, IMAGES, SECONDS, rate, BEFORE))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.search", *size],
        cwd=PACKAGE.parent,
        env={
            **os.environ,
            **search_environment(embedded_search.settings),
            "MOVIETAG_PORT_BASE": str(embedded_search.settings.port_base),
        },
        timeout=patience(500),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["failed"] == 0, (found["first_failure"], done.stderr[-2000:])
    assert found["calls"] == SECONDS * rate
    assert found["distinct"] > found["calls"] / 2
    assert found["frames"] == MOVIES * IMAGES
    assert set(found["elasticsearch_cpu_ms_per_call"]) == {"bare", "rest"}
    assert found["elasticsearch_against_bare"] > 0
    now = await aliases_of(es)
    assert {alias: now.get(alias) for alias in before} == before
