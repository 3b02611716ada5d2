"""With `MOVIETAG_INDEX_PREFIX` all names of ours in Elasticsearch begin with it, and libraries share one server."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies
from support.commands import run_movietag, until
from support.servers import Servers
from support.stage_processes import running

from movietag.documents import MOVIES
from movietag.kafka.clients import admin
from movietag.local.stack import Stack
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.others import indices_of_ours
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings
from movietag.settings.credentials import as_administrator, spelled_out
from movietag.settings.environment import stack_environment
from movietag.vocabulary import load

PREFIX = "films."

NAMES = """
import json
from movietag import documents
from movietag.dashboards.objects import ndjson
from movietag.index_names import NAMES, alias_of, template_of
from movietag.research.evaluation import indexing
from movietag.search import saved
from movietag.search.index import role, snapshots
from movietag.search.index.ensuring import SETTINGS_TEMPLATE
from movietag.streams.handlers.index_writer import OURS

saved_objects = map(json.loads, ndjson().splitlines())
views = [one["attributes"]["title"] for one in saved_objects if one["type"] == "index-pattern"]
indices = [documents.index_name(alias, "mpst-1") for alias in documents.BODIES]
print(json.dumps({
    "names": [
        *map(alias_of, NAMES), *indices, *documents.older_names(documents.MOVIES, "mpst-1"), *views,
        *(documents.read_name(alias, "mpst-1") for alias in documents.BODIES),
        saved.INDEX, indexing.INDEX, snapshots.index_of(0), SETTINGS_TEMPLATE, template_of(indices[0]),
        *role.STAGES["indices"][0]["names"], *role.READER["indices"][0]["names"],
    ],
    "vocabulary": documents.vocabulary_of(indices[0]),
    "template": template_of(indices[0]),
    "written": [bool(OURS.match(indices[0])), bool(OURS.match("movies-mpst-1-v4"))],
}))
"""

SEND = """
import asyncio, sys
from support import sample_movies
from movietag import topics
from movietag.documents import DEAD_LETTERS
from movietag.kafka.clients import create_topics, make_producer
from movietag.records import encode
from movietag.settings import get_settings
from movietag.vocabulary import load

async def main():
    await create_topics(get_settings())
    async with make_producer(get_settings()) as producer:
        for one in sample_movies.library(load("mpst")):
            if not one.index.startswith(DEAD_LETTERS):
                await producer.send_and_wait(topics.DOCUMENTS.name, encode(one), key=one.key)

asyncio.run(main())
"""

SEEN = """
import asyncio, json
from movietag.search.client import connected
from movietag.search.index.others import indices_of_ours
from movietag.settings import get_settings

async def main():
    async with connected(get_settings()) as es:
        print(json.dumps(sorted(await indices_of_ours(es))))

asyncio.run(main())
"""


def python(program: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(sys.path)
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.heavy
def test_all_names_in_elasticsearch_begin_with_the_prefix() -> None:
    done = python(NAMES, {"MOVIETAG_INDEX_PREFIX": PREFIX})
    said = json.loads(done.stdout)
    names = said.pop("names")
    assert len(names) > 30
    assert [name for name in names if not name.startswith(PREFIX)] == []
    assert said == {
        "vocabulary": "mpst-1",
        "template": "films.movietag-movies-mpst-1-v4",
        "written": [True, False],
    }


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MOVIETAG_INDEX_PREFIX": "Films"}, "MOVIETAG_INDEX_PREFIX: String should match"),
        ({"MOVIETAG_INDEX_PREFIX": "_x"}, "MOVIETAG_INDEX_PREFIX: String should match"),
        ({"MOVIETAG_INDEX_PREFIX": "x.movies-"}, "It must not contain `movies`"),
        ({"movietag_index_prefix": "x."}, "set MOVIETAG_INDEX_PREFIX in its environment"),
    ],
)
def test_an_index_prefix_that_names_could_be_mistaken_under_is_refused(
    environment: dict[str, str], said: str
) -> None:
    done = python("from movietag.settings import load_settings; load_settings()", environment)
    assert said in done.stderr
    assert done.returncode == 1


@pytest.fixture
def both(servers: Servers) -> Stack:
    """A stack of which Kafka and Elasticsearch run."""
    return servers.running("kafka", "elasticsearch")


async def test_two_libraries_share_one_elasticsearch(both: Stack, tmp_path: Path) -> None:
    kafka_prefix = f"p{secrets.token_hex(4)}."
    shared = {"kafka_prefix": kafka_prefix, "index_prefix": PREFIX}
    own = as_administrator(both.settings)  # the embedded server's other users see our names alone
    settings = spelled_out(own).model_copy(update={**shared, "home": tmp_path})
    vocabulary = load("mpst")
    sample = sample_movies.SAMPLES[0]
    body = sample_movies.movie_body(sample, vocabulary)
    ours = sample_movies.document(MOVIES, f"{sample.movie_id}~demo", body, vocabulary)
    async with connected(own) as es:
        await ensure_schema(es, vocabulary)
        assert await write_bulk(es, [ours]) == []
        before = await seen_under("movies", es)
        try:
            sent = python(SEND, stack_environment(settings, settings.home))
            assert sent.returncode == 0, sent.stderr
            with running("index", settings) as stage:
                await stage.works()
                found = await until(lambda: found_there(settings), 60)
                assert stage.stop() == 0
            assert len(found) > 1
            saved = run_movietag(settings, "searches", "save", "dark", "horror")
            assert saved.returncode == 0, saved.stderr
            assert await es.indices.exists(index=f"{PREFIX}saved_searches-v1")
            theirs = json.loads(python(SEEN, stack_environment(settings, settings.home)).stdout)
            mine = await indices_of_ours(es)
            assert theirs
            assert not {*theirs} & {*mine}
            assert [name for name in theirs if not name.startswith(PREFIX)] == []
            assert await seen_under("movies", es) == before
        finally:
            await delete_all(both.settings, es, kafka_prefix)


async def found_there(settings: Settings) -> list[str] | None:
    """The titles with horror of the library under the prefix, once there are any."""
    done = run_movietag(settings, "search", "horror", "--json")
    return (
        [one["title"] for one in json.loads(done.stdout)["movies"]] if not done.returncode else None
    )


async def seen_under(alias: str, es: AsyncElasticsearch) -> object:
    """All that another library could change behind an alias: its indices, their marks, and the documents."""
    await es.indices.refresh(index=alias)
    mappings = await es.indices.get_mapping(index=alias)
    documents = await es.search(index=alias, size=1000, version=True, sort="_doc", source=False)
    hits = documents["hits"]["hits"]
    return mappings.body, sorted((hit["_index"], hit["_id"], hit["_version"]) for hit in hits)


async def delete_all(settings: Settings, es: AsyncElasticsearch, kafka_prefix: str) -> None:
    """Delete what the library under the prefix has in both servers; deletes nothing of others."""
    found = await es.indices.get(index=f"{PREFIX}*")
    assert found.body
    for name in found.body:
        await es.indices.delete(index=name)
    await es.indices.delete_index_template(name=f"{PREFIX}*")
    await es.cluster.delete_component_template(name=f"{PREFIX}*")
    async with admin(settings) as client:
        topics = [name for name in await client.list_topics() if name.startswith(kafka_prefix)]
        await client.delete_topics(topics)
