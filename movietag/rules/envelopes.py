"""What programs put around a title before it is in Kafka: taken off. Pure.

JSON strings (Spring, REST proxies), ``schema`` and ``payload`` (Kafka Connect's JsonConverter), rows before and after a
change (Debezium), CloudEvents, and the bytes that serialisers of a schema registry put before JSON. What is not JSON
behind such bytes (Avro, Protobuf), is recognised and named.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from movietag.errors import PermanentError
from movietag.rules.reading.catalogue_ids import begins_with_tag

MOST_DEEP: Final = 5  # envelopes within each other
MOST_BYTES: Final = 64 << 10  # of a message, and of what is compressed in it
MARK: Final = "\ufeff"  # a byte order mark, which some editors put before a text

FORM: Final = (
    'Send one line of text such as `Heat (1995)`, or JSON such as {"title": "Heat", "year": 1995};'
    " JSON may also have movie_id, imdb, tmdb, genres, urls, files, images (lists of text), refresh and forget (true or false)."
)

Fields = Mapping[str, Any]
Absence = Literal["tombstone", "delete"]
TitleFault = Literal[
    "bad-title",
    "bad-year",
    "bad-encoding",
    "control-character",
    "unknown-field",
    "schema-registry",
    "several-titles",
]
"""What is wrong with a message: the kinds of its letters."""

_JSON_BEGINS: Final = (b"{", b'"', b"[")
_REGISTRY: Final = b"\x00"  # then the number of the schema: 4 bytes (Confluent), or 8 (Apicurio)
_GLUE: Final = b"\x03"  # then 0 or 5 (zlib), then the id of the schema: 16 bytes
_GLUE_BYTES: Final = 18
_CHANGE: Final = frozenset({"before", "after"})
_EVENT: Final = frozenset({"specversion", "type"})


@dataclass(frozen=True, slots=True)
class Removed:
    """A message that says that something is gone.

    Attributes:
        how: ``tombstone``: nothing is said of what; ``delete``: a row was deleted.
        row: what it was, as far as the message says it.
    """

    how: Absence
    row: Fields | None = None


def content_of(value: bytes | None) -> str | Fields | Removed:
    """What a message says of a title: a line of text, the fields of an object, or that it is gone.

    Raises:
        PermanentError: it is neither (``TitleFault``); the text says what it seems to be.
    """
    if value is None:
        return Removed("tombstone")
    if len(value) > MOST_BYTES:
        raise bad(f"The message has {len(value):,} bytes; at most {MOST_BYTES:,} are accepted.")
    return _opened_text(_text(_without_header(value)), 0)


def bad(what: str, kind: TitleFault = "bad-title") -> PermanentError:
    """The error of a message, with the forms that are accepted."""
    return PermanentError(kind, f"{what} {FORM}")


def excerpt(text: str) -> str:
    """A text of a message in quotes, as an error shows it: 60 characters at most."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _opened_text(text: str, deep: int) -> str | Fields | Removed:
    plain = text.removeprefix(MARK).strip()  # a byte order mark is no text
    if not plain:
        raise bad("The message is blank.")
    if not plain.startswith(("{", '"', "[")) or begins_with_tag(plain):
        return text
    try:
        found = msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if plain.startswith("{"):
            raise bad(f"The JSON does not fit: {error}.") from None
        return text  # [REC] (2007)
    if isinstance(found, list) and any(isinstance(one, int | float | None) for one in found):
        return text  # [1984]
    return _opened(found, deep)


def _opened(found: Any, deep: int) -> str | Fields | Removed:
    """What a value of JSON says."""
    if deep > MOST_DEEP:
        raise bad(f"The JSON has more than {MOST_DEEP} envelopes within each other.")
    if found is None:
        return Removed("tombstone")
    if isinstance(found, str):
        return _opened_text(found, deep + 1)
    if isinstance(found, list):
        if len(found) != 1:
            raise bad(
                f"The message is a list of {len(found)}; a message is one title. Send each as a message of its own.",
                "several-titles",
            )
        return _opened(found[0], deep + 1)
    if not isinstance(found, dict):
        raise bad(f"The message is JSON, but {str(found)[:40]!r} is no title.")
    return _opened_object(found, deep)


def _opened_object(found: dict[str, Any], deep: int) -> str | Fields | Removed:
    if found.keys() == {"schema", "payload"}:  # Kafka Connect
        return _opened(found["payload"], deep + 1)
    if found.keys() >= _EVENT:  # https://github.com/cloudevents/spec: structured mode
        return _opened(_data_of(found), deep + 1)
    if "op" in found and found.keys() & _CHANGE:  # Debezium
        return _changed(found, deep)
    if "__deleted" in found:  # Debezium's ExtractNewRecordState, with rewritten deletes
        row = {name: value for name, value in found.items() if not name.startswith("__")}
        return Removed("delete", row) if found["__deleted"] in (True, "true") else row
    return found


def _changed(found: dict[str, Any], deep: int) -> str | Fields | Removed:
    """The row after a change; one that is gone has none."""
    if found.get("after") is not None:
        return _opened(found["after"], deep + 1)
    row = found.get("before")
    return Removed("delete", row if isinstance(row, dict) else None)


def _data_of(event: dict[str, Any]) -> Any:
    if "data_base64" not in event:
        return event.get("data")
    try:
        data = base64.b64decode(event["data_base64"], validate=True)
        return data.decode()
    except (TypeError, ValueError):
        raise bad("The field data_base64 of the CloudEvent is no text in base64.") from None


def _without_header(value: bytes) -> bytes:
    """The message without what a serialiser of a schema registry puts before JSON."""
    if _is_utf16(value):
        raise bad("The message is not UTF-8 text; it looks like UTF-16.", "bad-encoding")
    if value[:1] == _REGISTRY and len(value) > 5:
        for length in (5, 9):
            if value[length : length + 1] in _JSON_BEGINS:
                return value[length:]
        number = int.from_bytes(value[1:5])
        raise _registered(f"a schema registry (schema {number})")
    if value[:1] == _GLUE and value[1:2] in (b"\x00", b"\x05") and len(value) > _GLUE_BYTES:
        payload = _inflated(value[_GLUE_BYTES:]) if value[1] else value[_GLUE_BYTES:]
        if payload[:1] in _JSON_BEGINS:
            return payload
        raise _registered("the Glue Schema Registry")
    return value


def _registered(what: str) -> PermanentError:
    return bad(
        f"The message has the header of {what}, and what follows is no JSON: Avro or Protobuf, which are not read."
        " Let the producer serialise as JSON or text (in Kafka Connect: org.apache.kafka.connect.json.JsonConverter).",
        "schema-registry",
    )


def _inflated(compressed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(compressed, MOST_BYTES)
    except zlib.error:
        return b""


def _is_utf16(value: bytes) -> bool:
    """Whether it has the mark of UTF-16, or each second byte of its beginning is zero, and no other."""
    if value[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return bool(re.match(rb"(?s:[^\0]\0){3}|(?s:\0[^\0]){3}", value))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise bad(
            f"The message is not UTF-8 text (byte {error.start + 1}).", "bad-encoding"
        ) from None
