"""Mappings may grow; whatever else changes needs a new index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from movietag.documents import BODIES, VERSIONS
from movietag.research.evaluation.indexing import EvaluationBody
from movietag.search.index.mappings import MappingConflict, additions, meta
from movietag.search.index.schema import mapping, sort_settings
from movietag.search.index.snapshots import SnapshotBody
from movietag.search.index.standalone import standalone_mapping
from movietag.search.saved import SavedSearch
from movietag.vocabulary import from_lines

FOLDER = Path(__file__).with_name("mappings")
SMALL = from_lines("small", ["horror"])
STANDALONE = {
    "saved_searches": SavedSearch,
    "stage_metrics": SnapshotBody,
    "evaluations": EvaluationBody,
}
NOW: dict[str, Any] = {
    **{
        f"{alias}.{VERSIONS[alias]}": {
            "mapping": mapping(alias, SMALL),
            "sort": sort_settings(alias),
        }
        for alias in BODIES
    },
    **{
        f"{alias}.1": {"mapping": standalone_mapping(body), "sort": {}}
        for alias, body in STANDALONE.items()
    },
}

THERE = {
    "title": {"type": "text", "fields": {"raw": {"type": "keyword", "ignore_above": 8191}}},
    "videos": {"properties": {"url": {"type": "keyword", "index": False, "doc_values": False}}},
    "tag_vector": {
        "type": "dense_vector",
        "dims": 2,
        "index_options": {"type": "hnsw", "m": 16, "ef_construction": 100},
    },
}


@pytest.mark.parametrize("name", NOW)
def test_an_index_of_this_version_takes_the_mapping_of_now(name: str) -> None:
    """Else all documents would be refused there: raise the version (of `VERSIONS`, or in the index's name),
    and put what this test has now into tests/search/index/mappings/NAME.VERSION.json.
    """
    first = json.loads((FOLDER / f"{name}.json").read_text())
    now = json.loads(json.dumps(NOW[name]))
    additions(first["mapping"]["properties"], now["mapping"]["properties"])
    beside = ("dynamic", "_source")
    assert [first["mapping"].get(key) for key in beside] == [
        now["mapping"].get(key) for key in beside
    ]
    assert first["sort"] == now["sort"]


@pytest.mark.parametrize(
    ("wanted", "added"),
    [
        ({"year": {"type": "long"}}, {"year": {"type": "long"}}),
        ({"title": {"type": "text"}}, {}),
        (
            {"videos": {"properties": {"slots": {"type": "long"}}}},
            {"videos": {"properties": {"slots": {"type": "long"}}}},
        ),
        ({"videos": {"type": "object", "properties": {}}}, {}),
        (
            {"title": {"type": "text", "fields": {"sort": {"type": "keyword"}}}},
            {"title": {"type": "text", "fields": {"sort": {"type": "keyword"}}}},
        ),
        (
            {"tag_vector": {"type": "dense_vector", "dims": 2, "index_options": {"type": "hnsw"}}},
            {},
        ),
    ],
)
def test_what_is_new_at_any_depth(wanted: dict[str, Any], added: dict[str, Any]) -> None:
    assert additions(THERE, wanted) == added


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"title": {"type": "keyword"}}, "title has type 'text', not 'keyword'"),
        ({"videos": {"properties": {"url": {"type": "text"}}}}, r"videos\.url has type"),
        ({"tag_vector": {"type": "dense_vector", "dims": 3}}, "dims 2, not 3"),
        ({"title": {"type": "text", "fields": {"raw": {"type": "long"}}}}, r"title\.raw has type"),
    ],
)
def test_another_kind_of_field_is_named(wanted: dict[str, Any], where: str) -> None:
    with pytest.raises(MappingConflict, match=where):
        additions(THERE, wanted)


def test_the_hash_is_of_all_of_a_mapping() -> None:
    first = meta(3, {"dynamic": "strict", "properties": {"a": {"type": "long"}}})
    again = meta(3, {"properties": {"a": {"type": "long"}}, "dynamic": "strict"})
    other = meta(3, {"dynamic": "strict", "properties": {"a": {"type": "text"}}})
    assert first == again
    assert first["mapping"] != other["mapping"]
