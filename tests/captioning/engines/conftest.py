"""Endpoints on loopback, and engines that ask them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from support.endpoint_server import EndpointServer, endpoint_server
from support.serving_config import config

from movietag.captioning.engines.endpoint.engine import EndpointEngine
from movietag.captioning.serving_settings import read_settings

Make = Callable[..., EndpointEngine]


@pytest.fixture
def endpoint() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


@pytest.fixture
def other() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes an engine of endpoints' addresses and further parameters."""
    made: list[EndpointEngine] = []

    def engine(*endpoints: str, **parameters: str) -> EndpointEngine:
        given = config(
            engine="openai", do_pad="false", endpoints=json.dumps(endpoints), **parameters
        )
        made.append(EndpointEngine(read_settings("llava", given)))
        return made[-1]

    yield engine
    for one in made:
        one.close()
