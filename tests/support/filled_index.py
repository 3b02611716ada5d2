"""Fixtures: a running Elasticsearch, and one filled with the sample movies."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import AsyncElasticsearch

from movietag.documents import BODIES, index_name
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.reader import Reader, reader_with
from movietag.settings import Settings, get_settings
from movietag.vocabulary import Vocabulary, from_lines, load
from support import sample_movies
from support.addresses import search_environment, search_of


@pytest.fixture(scope="session")
def elasticsearch(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of an Elasticsearch: the embedded one by the stages' user, or MOVIETAG_TEST_ELASTICSEARCH."""
    url = os.environ.get("MOVIETAG_TEST_ELASTICSEARCH")
    return (
        {"elasticsearch": url}
        if url
        else search_of(request.getfixturevalue("embedded_search").settings)
    )


@pytest.fixture
async def es(elasticsearch: dict[str, Any]) -> AsyncIterator[AsyncElasticsearch]:
    async with connected(Settings(**elasticsearch)) as client:
        yield client


@pytest.fixture
async def vocabulary(es: AsyncElasticsearch) -> AsyncIterator[Vocabulary]:
    """A vocabulary that nothing was ever indexed for; its indices are removed at the end."""
    aliases = await aliases_of(es)
    made = from_lines(f"test {uuid.uuid4().hex[:12]}", ["horror", "comedy", "sci-fi"])
    yield made
    await clean_up(es, made, aliases)


@pytest.fixture(scope="module")
def library(
    elasticsearch: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The settings of a filled Elasticsearch: every sample movie, the 71 tags."""
    tags = tmp_path_factory.mktemp("vocabulary") / f"test-{uuid.uuid4().hex[:12]}.txt"
    tags.write_text("\n".join(load("mpst").tags), "utf-8")
    settings = Settings(**elasticsearch, vocabulary=str(tags))
    aliases = asyncio.run(_fill(settings))
    yield settings
    asyncio.run(_empty(settings, aliases))


@pytest.fixture
def filled(library: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands look at the sample movies."""
    for name, value in search_environment(library).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MOVIETAG_VOCABULARY", library.vocabulary)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
async def reader(library: Settings) -> AsyncIterator[Reader]:
    async with connected(library) as es:
        yield reader_with(es, library, load(library.vocabulary))


async def _fill(settings: Settings) -> dict[str, str]:
    vocabulary = load(settings.vocabulary)
    async with connected(settings) as es:
        aliases = await aliases_of(es)
        await fill(es, vocabulary)
        return aliases


async def fill(es: AsyncElasticsearch, vocabulary: Vocabulary) -> None:
    await ensure_schema(es, vocabulary)
    assert await write_bulk(es, list(sample_movies.library(vocabulary))) == []
    await es.indices.refresh(index=",".join(BODIES))


async def _empty(settings: Settings, aliases: dict[str, str]) -> None:
    async with connected(settings) as es:
        await clean_up(es, load(settings.vocabulary), aliases)
    Path(settings.vocabulary).unlink()


async def aliases_of(es: AsyncElasticsearch) -> dict[str, str]:
    """Which index each of our aliases stands for."""
    found = await es.indices.get_alias()
    return {alias: index for index, item in found.items() for alias in item["aliases"]}


async def clean_up(es: AsyncElasticsearch, vocabulary: Vocabulary, aliases: dict[str, str]) -> None:
    """Remove the vocabulary's indices, and give the aliases back to whose they were."""
    letters = index_name("dead_letters", vocabulary.vocabulary_id)
    await es.options(ignore_status=404).delete(index=letters, id=vocabulary.vocabulary_id)
    for alias in ("movies", "movie_tags", "frames"):
        name = index_name(alias, vocabulary.vocabulary_id)
        await es.indices.delete(index=name, ignore_unavailable=True)
        await es.options(ignore_status=404).indices.delete_index_template(name=f"movietag-{name}")
        if alias in aliases:
            await es.indices.put_alias(index=aliases[alias], name=alias)
