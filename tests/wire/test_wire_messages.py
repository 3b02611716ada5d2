"""What any version has written is read for ever, and nothing is written that no message was recorded of."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest

from movietag.fleet.fetch_pauses import FetchPause
from movietag.frames.kept import Kept
from movietag.records import (
    Document,
    FrameInfo,
    LedgerFact,
    Letter,
    Message,
    MovieEvent,
    Request,
    VideoJob,
)
from movietag.records.wire import decode, encode
from movietag.recount.current import CurrentVocabulary
from movietag.streams.ledger.pages import unpacked
from wire.examples import BODIES, MESSAGES
from wire.record import (
    BODY_VERSION,
    FOLDER,
    PAGE_VERSION,
    body_file,
    message_file,
    name_of,
    page,
    schema,
    schema_file,
)

KINDS = {name_of(type(message)): type(message) for message in MESSAGES}
BODY_KINDS = {name_of(type(body)): type(body) for body in BODIES}
RECORDED = sorted(
    path.name for path in FOLDER.glob("*.json") if not path.name.endswith("schema.json")
)
CHANGED = (
    "The fields of {0} have changed: raise its VERSION, fill the new field in tests/wire/examples.py, and run"
    " `cd tests && python -m wire.record`."
)


def test_each_record_of_a_topic_or_ledger_has_an_example() -> None:
    facts = {kind for kind in get_args(LedgerFact) if issubclass(kind, Message)}
    others = {VideoJob, FrameInfo, Document, Letter, Kept, CurrentVocabulary, FetchPause}
    others.add(MovieEvent)
    wanted = facts | set(get_args(Request)) | others
    assert {type(message) for message in MESSAGES} == wanted
    assert wanted == {kind for kind in Message.__subclasses__() if kind.__module__ != "wire"}


def unversioned(tree: Any) -> Any:
    """A message without the versions of its records: what was read is of ours, also within another record."""
    if isinstance(tree, list):
        return [unversioned(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {name: unversioned(value) for name, value in tree.items() if name != "v"}


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_written_once_is_read_for_ever(name: str) -> None:
    written = (FOLDER / name).read_bytes()
    kind = KINDS.get(name.partition(".")[0])
    if kind is None:
        msgspec.json.decode(written, type=BODY_KINDS[name.partition(".")[0]])
        return
    record = decode(kind, written)
    assert record.v == kind.VERSION
    assert unversioned(json.loads(encode(record))) == unversioned(json.loads(written))
    assert not record.more


@pytest.mark.parametrize("version", range(1, PAGE_VERSION + 1))
def test_a_page_that_was_written_once_is_read_for_ever(version: int) -> None:
    facts = unpacked((FOLDER / f"page.{version}.bin").read_bytes())
    assert [item.offset for item in facts] == list(range(100, 100 + len(facts)))
    kinds = {type(item.fact) for item in facts}
    assert {kind.__name__ for kind in kinds} >= {"Plan", "Manifest", "Caption", "SlotFailure"}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: name_of(type(one)))
def test_a_record_changes_only_with_a_new_version_and_a_message_of_it(message: Message) -> None:
    kind = type(message)
    assert schema_file(kind).exists(), CHANGED.format(kind.__name__)
    known = json.loads(schema_file(kind).read_text())
    assert schema(kind) == known, CHANGED.format(kind.__name__)
    recorded = decode(kind, message_file(kind, kind.VERSION).read_bytes())
    assert encode(recorded) == encode(message), CHANGED.format(kind.__name__)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: name_of(type(one)))
def test_an_example_leaves_no_field_out(message: Message) -> None:
    of_all_records = {"__more__", "v"}
    fields = {field.encode_name for field in msgspec.structs.fields(message)} - of_all_records
    assert json.loads(encode(message)).keys() - {"kind", "v"} == fields


@pytest.mark.parametrize("body", BODIES, ids=lambda one: name_of(type(one)))
def test_a_document_gets_a_field_only_with_an_example_of_it(body: msgspec.Struct) -> None:
    recorded = json.loads(body_file(type(body), BODY_VERSION).read_text())
    known = json.loads(msgspec.json.encode(body))
    assert recorded == known, (
        f"The fields of {type(body).__name__} have changed: fill them in tests/wire/examples.py, raise BODY_VERSION in"
        " tests/wire/record.py, and run `cd tests && python -m wire.record`."
    )


def test_a_page_holds_every_kind_of_fact() -> None:
    recorded = (FOLDER / f"page.{PAGE_VERSION}.bin").read_bytes()
    assert unpacked(page()) == unpacked(recorded)
