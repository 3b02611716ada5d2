"""Answers to searches: their documents are decoded once, as what they are; those of other requests as always."""

from __future__ import annotations

import msgspec
import pytest
from elastic_transport import SerializationError

from movietag.search.hits import SearchSerializer, document, undecoded_documents
from movietag.search.indices import decode_hit


class Named(msgspec.Struct):
    title: str


HIT = b'{"_index":"i","_id":"1","_score":null,"_source":{"title":"Heat","more":[1]},"sort":["heat",2]}'
ANSWER = b'{"took":3,"hits":{"total":{"value":1},"max_score":null,"hits":[%s]}}' % HIT


def test_a_document_is_left_as_it_came_until_somebody_says_what_it_is() -> None:
    with undecoded_documents():
        answer = SearchSerializer().loads(ANSWER)
    (hit,) = answer["hits"]["hits"]
    assert bytes(hit["_source"]) == b'{"title":"Heat","more":[1]}'
    assert decode_hit(hit, Named) == Named("Heat")
    assert document(hit) == {"title": "Heat", "more": [1]}
    assert (hit["_id"], hit["_score"], hit["sort"]) == ("1", None, ["heat", 2])
    assert answer["hits"]["total"]["value"] == 1


def test_hits_within_a_hit_are_left_too() -> None:
    inner = b'{"inner_hits":{"stills":{"hits":{"hits":[%s]}}}}' % HIT
    with undecoded_documents():
        answer = SearchSerializer().loads(b'{"hits":{"hits":[%s]}}' % inner)
    (within,) = answer["hits"]["hits"][0]["inner_hits"]["stills"]["hits"]["hits"]
    assert decode_hit(within, Named) == Named("Heat")


def test_other_answers_have_their_documents() -> None:
    with undecoded_documents():
        pass
    assert SearchSerializer().loads(ANSWER)["hits"]["hits"][0]["_source"]["title"] == "Heat"


def test_a_refusal_is_read_whole() -> None:
    error = {"type": "index_not_found_exception", "root_cause": [{"resource.id": "movies"}]}
    with undecoded_documents():
        refusal = SearchSerializer().loads(msgspec.json.encode({"error": error, "status": 404}))
    assert refusal == {"error": error, "status": 404}


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"hits": "many"}', b"[1]", b'{"hits": {"hits": [3]}}']
)
def test_what_is_no_answer_to_a_search_is_the_servers_fault(body: bytes) -> None:
    with undecoded_documents(), pytest.raises(SerializationError):
        SearchSerializer().loads(body)


def test_a_document_of_another_version_is_omitted(caplog: pytest.LogCaptureFixture) -> None:
    assert (
        decode_hit({"_index": "i", "_id": "1", "_source": msgspec.Raw(b'{"name": 1}')}, Named)
        is None
    )
    assert "another version" in caplog.text
