"""The JSON Schemas of the public topics: docs/schemas/, `movietag topics schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError
from wire.examples import BODIES, MESSAGES

from movietag.documents import BODIES as KINDS
from movietag.documents import Json
from movietag.records import Caption, Letter, Manifest, Message, MovieEvent, Plan, SlotFailure
from movietag.records.wire import encode
from movietag.schemas import PUBLIC, json_schema

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
SCHEMA_OF = {
    Plan: "fact",
    Manifest: "fact",
    Caption: "fact",
    SlotFailure: "fact",
    Letter: "letter",
    MovieEvent: "event",
}
ALIASES = {kind: alias for alias, kind in KINDS.items()}


def valid(name: str, record: Any) -> None:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(record)


def documents() -> list[Json]:
    return [
        {
            "index": ALIASES[type(body)],
            "doc_id": "one",
            "version": 3,
            "body": json.loads(msgspec.json.encode(body)),
        }
        for body in BODIES
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_the_files_are_what_the_command_prints(name: str) -> None:
    written = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert written == json_schema(name), f"movietag topics schema {name} > docs/schemas/{name}.json"


def test_there_is_no_file_of_another() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PUBLIC)


@pytest.mark.parametrize(
    "record",
    [one for one in MESSAGES if type(one) in SCHEMA_OF],
    ids=lambda one: type(one).__name__,
)
def test_what_a_stage_writes_fits_and_a_part_of_it_does_not(record: Message) -> None:
    name, written = SCHEMA_OF[type(record)], json.loads(encode(record))
    valid(name, written | {"a_field_of_the_next_version": 1})
    required = json_schema(name)["$defs"][type(record).__name__]["required"]
    for field in required:
        with pytest.raises(ValidationError):
            valid(name, {key: value for key, value in written.items() if key != field})


def test_documents_of_every_index_and_deletions_fit() -> None:
    assert {one["index"] for one in documents()} == set(KINDS)
    for one in documents():
        valid("document", one)
        for field in ("index", "doc_id", "version"):
            with pytest.raises(ValidationError):
                valid("document", {key: value for key, value in one.items() if key != field})
        with pytest.raises(ValidationError):
            valid("document", one | {"body": {"movie_id": 7}})
    valid("document", {"index": "movies-mpst", "doc_id": "one", "version": 3})


@pytest.mark.parametrize("name", PUBLIC)
def test_patterns_are_of_javascript_too(name: str) -> None:
    assert "\\Z" not in json.dumps(json_schema(name))
