"""A second stack with a Kafka of its own and the first one's Elasticsearch, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.addresses import search_of
from support.commands import run_movietag
from support.servers import Servers
from support.stage_processes import running

from movietag.errors import UsageError
from movietag.fleet.belonging import LibraryMark
from movietag.fleet.joining import join_library, read_library_mark
from movietag.kafka.clients import create_topics
from movietag.local.stack import Stack
from movietag.recount.recounting import finish
from movietag.recount.retagging import prepare_retag
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_indices, ensure_schema
from movietag.search.index.marks import read_marks
from movietag.settings import Settings
from movietag.vocabulary import from_lines, load

pytestmark = pytest.mark.servers


@pytest.fixture
def first(servers: Servers) -> Settings:
    """The settings of the first stack, whose library has a mark."""
    return servers.running("kafka", "elasticsearch").settings


@pytest.fixture
async def mark(first: Settings) -> LibraryMark:
    """The mark of the first stack's library."""
    async with connected(first) as es:
        await ensure_indices(es, load("mpst"))
        return await join_library(first, es)


@pytest.fixture
async def second(first: Settings, own_kafka: Settings, tmp_path: Path) -> Settings:
    """Those of a stack that has the first one's Elasticsearch."""
    of_second = {"home": tmp_path / "second", "kafka": own_kafka.kafka_address}
    settings = own_kafka.model_copy(
        update={**of_second, "triton": "127.0.0.1:1", **search_of(first)}
    )
    await create_topics(settings)
    return settings


def nothing(step: str, done: int, total: int) -> None:
    """No progress bar."""


async def test_a_mark_is_made_once_and_survives_every_start(
    first: Settings, mark: LibraryMark
) -> None:
    async with connected(first) as es:
        await ensure_schema(es, load("mpst"))
        assert (await read_marks(es)).marks == {mark.mark}
    assert await join_library(first) == mark == await read_library_mark(first)


async def test_another_librarys_indices_are_neither_counted_into_nor_deleted_from(
    second: Settings, mark: LibraryMark
) -> None:
    refusal = f"holds no library.*{second.elasticsearch}.*{mark.mark}.*MOVIETAG_ADOPT={mark.mark}"
    with pytest.raises(UsageError, match=refusal):
        await finish(second, 1, nothing)
    with pytest.raises(UsageError, match=refusal):
        await prepare_retag(second, from_lines("two", ["horror", "comedy"]))
    assert await read_library_mark(second) is None
    adopting = second.model_copy(update={"adopt": mark.mark})
    assert await join_library(adopting) == mark  # a Kafka that was lost, and its Elasticsearch kept
    assert await join_library(second) == mark


@pytest.mark.slow
async def test_commands_and_the_index_stage_say_what_takes_over(
    second: Settings, mark: LibraryMark
) -> None:
    for command in (("recount", "--yes"), ("forget", "Heat (1995)", "--yes"), ("up",)):
        done = run_movietag(second, *command)
        assert done.returncode == 2, done.stderr
        assert f"MOVIETAG_ADOPT={mark.mark}" in done.stderr
    Stack(second).down()
    with running("index", second) as stage:
        assert await stage.ended(60) == 2
        assert f"MOVIETAG_ADOPT={mark.mark}" in stage.log
