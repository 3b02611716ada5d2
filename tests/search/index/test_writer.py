from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import pytest
from aiohttp import web
from elasticsearch import AsyncElasticsearch
from hypothesis import given
from hypothesis import strategies as st

from movietag.documents import MOVIE_TAGS, index_name
from movietag.errors import TransientError
from movietag.records import Document
from movietag.search.client import connected
from movietag.search.index import writer
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import Rejected, write_bulk
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary


def doc(doc_id: str, version: int, title: str | None = "x", index: str = "movies-t") -> Document:
    if title is None:
        return Document(index, doc_id, version)
    return Document(index, doc_id, version, msgspec.Raw(json.dumps({"title": title}).encode()))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5))))
def test_one_operation_a_document_the_newest(given: list[tuple[str, int]]) -> None:
    documents = [doc(doc_id, version) for doc_id, version in given]
    kept = writer._operations(documents)
    newest = {doc_id: max(v for d, v in given if d == doc_id) for doc_id, _ in given}
    found = {given[op.position][0]: given[op.position][1] for op in kept}
    assert found == newest
    assert len(kept) == len(newest)


def test_the_last_of_equal_versions_stands() -> None:
    (kept,) = writer._operations([doc("a", 1, "first"), doc("a", 1, "second")])
    assert kept.position == 1


def test_lines_of_an_index_and_a_deletion() -> None:
    body = msgspec.Raw(b'{"a":\n1,\r\n"b":"x\\ny"}')
    header, line = writer._lines(Document("movies-t", "id", 7, body))
    assert json.loads(header) == {
        "index": {"_index": "movies-t", "_id": "id", "version": 7, "version_type": "external"}
    }
    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line) == {"a": 1, "b": "x\ny"}
    (deletion,) = writer._lines(Document("movies-t", "id", 8))
    assert json.loads(deletion)["delete"]["version"] == 8


@given(st.lists(st.integers(0, 4000), max_size=40), st.integers(1, 5), st.integers(500, 9000))
def test_chunks_are_bounded_and_lose_nothing(
    sizes: list[int], most_documents: int, most_bytes: int
) -> None:
    operations = writer._operations([doc(str(n), 1, "x" * size) for n, size in enumerate(sizes)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "MOST_DOCUMENTS", most_documents)
        patch.setattr(writer, "MOST_BYTES", most_bytes)
        chunks = list(writer._chunks(operations))
    assert [op for chunk in chunks for op in chunk] == operations
    for chunk in chunks:
        assert 1 <= len(chunk) <= most_documents
        assert len(chunk) == 1 or sum(op.size for op in chunk) <= most_bytes


# -- against the real server -------------------------------------------------------------------


@pytest.fixture
async def index(es: AsyncElasticsearch, vocabulary: Vocabulary) -> str:
    await ensure_schema(es, vocabulary)
    return index_name(MOVIE_TAGS, vocabulary.vocabulary_id)


async def title(es: AsyncElasticsearch, index: str, doc_id: str) -> str | None:
    found = await es.options(ignore_status=404).get(index=index, id=doc_id)
    return str(found["_source"]["title"]) if found["found"] else None


async def test_the_newest_version_stands_whatever_the_order(
    es: AsyncElasticsearch, index: str
) -> None:
    assert await write_bulk(es, [doc("a", 5, "5", index), doc("a", 7, "7", index)]) == []
    assert await write_bulk(es, [doc("a", 6, "6", index)]) == []  # older: a conflict, and done
    assert await write_bulk(es, [doc("a", 7, "again", index)]) == []  # a replay
    assert await title(es, index, "a") == "7"


async def test_a_deletion_holds_against_a_late_older_write(
    es: AsyncElasticsearch, index: str
) -> None:
    assert await write_bulk(es, [doc("a", 1, "1", index)]) == []
    assert await write_bulk(es, [doc("a", 3, None, index), doc("never", 3, None, index)]) == []
    assert await write_bulk(es, [doc("a", 2, "late", index), doc("never", 2, "late", index)]) == []
    assert await title(es, index, "a") is None
    assert await title(es, index, "never") is None
    assert await write_bulk(es, [doc("a", 4, "4", index)]) == []
    assert await title(es, index, "a") == "4"


async def test_what_can_never_be_written_is_named_and_the_rest_is_written(
    es: AsyncElasticsearch, index: str
) -> None:
    unknown = Document(index, "b", 1, msgspec.Raw(b'{"no_such_field":1}'))
    listed = Document(index, "c", 1, msgspec.Raw(b"[]"))
    batch = [
        doc("a", 1, "good", index),
        unknown,
        doc("x" * 600, 1, "id too long", index),
        listed,
        doc("d", 1, "good", index),
    ]
    rejected = await write_bulk(es, batch)
    assert [item.position for item in rejected] == [1, 2, 3]
    assert "no_such_field" in rejected[0].reason
    assert "too long" in rejected[1].reason
    assert "must start with an object" in rejected[2].reason
    assert all(len(item.reason) <= writer.MOST_REASON for item in rejected)
    assert await title(es, index, "a") == "good"
    assert await title(es, index, "d") == "good"


async def test_a_missing_index_is_waited_for(es: AsyncElasticsearch, index: str) -> None:
    with pytest.raises(TransientError, match="no such index"):
        await write_bulk(es, [doc("a", 1, "x", index), doc("a", 1, "x", f"{index}-gone")])


# -- against a server that misbehaves ----------------------------------------------------------

Answers = Sequence[tuple[int, dict[str, object]]]
BUSY = {"error": {"type": "es_rejected_execution_exception", "reason": "queue full"}}


DONE = {"delete": {"status": 404}}  # the deletion of a document that never exists


async def write_to_a_server_that(
    answer: tuple[int, dict[str, object]], *, takes_deletions: bool = True
) -> list[Rejected]:
    """What it answers to a document; a deletion is refused alike, or done."""

    async def bulk(request: web.Request) -> web.Response:
        status, body = answer
        actions = [line for line in (await request.read()).splitlines() if b'"_index"' in line]
        deletions = [b'{"delete"' in line for line in actions]
        if takes_deletions and all(deletions):
            status, body = 200, {"items": [DONE] * len(actions)}
        elif items := body.get("items"):
            assert isinstance(items, list)
            both = [DONE if takes_deletions and gone else items[0] for gone in deletions]
            body = {"items": both}
        return web.json_response(
            body, status=status, headers={"X-Elastic-Product": "Elasticsearch"}
        )

    app = web.Application()
    app.router.add_post("/_bulk", bulk)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with connected(Settings(elasticsearch=f"http://{host}:{port}")) as es:
            return await write_bulk(es, [doc("a", 1)])
    finally:
        await runner.cleanup()


def item(status: int, kind: str) -> tuple[int, dict[str, object]]:
    return 200, {"items": [{"index": {"status": status, "error": {"type": kind, "reason": "why"}}}]}


@pytest.mark.parametrize(
    "answer",
    [
        (429, BUSY),
        (503, {"error": "unavailable"}),
        (502, {}),
        (401, {"error": {"type": "security_exception", "reason": "who?"}}),
        (403, {"error": {"type": "security_exception", "reason": "no"}}),
        item(429, "es_rejected_execution_exception"),
        item(503, "unavailable_shards_exception"),
        item(403, "cluster_block_exception"),
        item(404, "index_not_found_exception"),
    ],
    ids=lambda answer: f"{answer[0]}-{list(answer[1])}",
)
async def test_what_time_heals_is_transient(answer: tuple[int, dict[str, object]]) -> None:
    with pytest.raises(TransientError, match=r"Elasticsearch at http://127\.0\.0\.1:\d+"):
        await write_to_a_server_that(answer)


async def test_what_never_heals_is_rejected() -> None:
    (rejected,) = await write_to_a_server_that(item(400, "document_parsing_exception"))
    assert rejected == Rejected(0, "document_parsing_exception: why")
    (rejected,) = await write_to_a_server_that((413, {"error": {"type": "x", "reason": "too big"}}))
    assert rejected == Rejected(0, "too big")


@pytest.mark.parametrize(
    "answer",
    [
        item(400, "quota_exceeded_exception"),
        item(400, "illegal_argument_exception"),
        (413, {"error": {"type": "x", "reason": "too big"}}),
        (400, {"error": {"type": "x", "reason": "sent to an HTTPS port"}}),
    ],
    ids=str,
)
async def test_who_refuses_even_a_deletion_of_nothing_is_at_fault_itself(
    answer: tuple[int, dict[str, object]],
) -> None:
    with pytest.raises(TransientError, match="cannot write now"):
        await write_to_a_server_that(answer, takes_deletions=False)


async def test_nobody_there_is_transient_and_says_what_to_do() -> None:
    async with connected(Settings(elasticsearch="http://127.0.0.1:9")) as es:
        with pytest.raises(TransientError, match=r"127\.0\.0\.1:9 is unreachable.*movietag up"):
            await write_bulk(es, [doc("a", 1)])
