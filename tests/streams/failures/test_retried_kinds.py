"""Retries are counted apart by the server that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka.errors import KafkaConnectionError

from movietag.captioning.triton.addresses import look_up
from movietag.errors import TransientError
from movietag.search.client import connected, transient_errors
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence

NOBODY = "127.0.0.1:1"


async def search() -> None:
    async with connected(Settings(elasticsearch=f"http://{NOBODY}")) as es:
        with transient_errors(es):
            await es.indices.exists(index="movies")


async def triton() -> None:
    await look_up(["name.invalid:8001"])


async def kafka() -> None:
    raise KafkaConnectionError


async def another() -> None:
    raise TransientError("away")


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (search, "elasticsearch"),
        (triton, "triton"),
        (kafka, "kafka"),
        (another, "transient"),
    ],
)
async def test_a_failure_is_counted_as_that_of_its_server(
    work: Callable[[], Awaitable[None]], kind: str
) -> None:
    kinds: list[str] = []

    async def give_up(_: float) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Persistence("index", kinds.append, sleep=give_up)(work)
    assert kinds == [kind]
