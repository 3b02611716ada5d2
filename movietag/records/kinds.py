"""Decoding records by their ``kind``, including kinds that only a newer version knows."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from movietag.errors import PermanentError
from movietag.records.bounds import MOST_GENERATION, Kind, MovieIdField
from movietag.records.facts import Fact
from movietag.records.ledger import Unknown
from movietag.records.requests import Request
from movietag.records.wire import read


class _Fields(msgspec.Struct, frozen=True):
    """The fields that a message of an unknown kind must have."""

    kind: Kind
    movie_id: MovieIdField
    generation: Any = None


def decode_request(value: bytes | None) -> Request | Unknown:
    """Decode a request by its ``kind``; raises as ``decode``."""
    found: Request | Unknown = _read_kind(Request, value, "request")
    return found


def decode_fact(value: bytes | None) -> Fact | Unknown:
    """Decode a fact by its ``kind``; raises as ``decode``."""
    found: Fact | Unknown = _read_kind(Fact, value, "fact")
    return found


def _read_kind(kinds: Any, value: bytes | None, name: str) -> Any:
    try:
        return read(kinds, value, name)
    except PermanentError:
        newer = _newer(kinds, value)
        if newer is None:
            raise
        return newer


def _newer(kinds: Any, value: bytes | None) -> Unknown | None:
    """A message of a kind other than these; None if it is of one of these, or invalid."""
    try:
        tree = msgspec.json.decode(value or b"")
        return unknown_kind(kinds, tree)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def unknown_kind(kinds: Any, tree: Any) -> Unknown | None:
    """As ``_newer``, of decoded JSON; raises msgspec.MsgspecError if its fields are invalid."""
    known = [kind.__struct_config__.tag for kind in get_args(kinds)]  # may be of any type
    if not isinstance(tree, dict) or tree.get("kind") in known:
        return None
    fields = msgspec.convert(tree, _Fields)
    generation = fields.generation
    numbered = isinstance(generation, int) and 0 <= generation <= MOST_GENERATION
    return Unknown(
        movie_id=fields.movie_id,
        what=fields.kind,
        generation=generation if numbered else MOST_GENERATION,
        more=msgspec.json.encode(tree).decode(),
    )
