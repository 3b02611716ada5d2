"""Reading records that are told apart by ``kind``, also of kinds that only a newer version knows."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from movietag.errors import PermanentError
from movietag.records.bounds import MOST_GENERATION, Kind, MovieIdField
from movietag.records.facts import Fact
from movietag.records.ledger import Unknown
from movietag.records.requests import Request
from movietag.records.wire import read


class _Said(msgspec.Struct, frozen=True):
    """What a message of an unknown kind has to say of itself."""

    kind: Kind
    movie_id: MovieIdField
    generation: Any = None


def decode_request(value: bytes | None) -> Request | Unknown:
    """Read a request, by its ``kind``; raises as ``decode``."""
    found: Request | Unknown = _read_kind(Request, value, "request")
    return found


def decode_fact(value: bytes | None) -> Fact | Unknown:
    """Read a fact, by its ``kind``; raises as ``decode``."""
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
    """A message of a kind that is none of these; None where it is something else that does not fit."""
    try:
        tree = msgspec.json.decode(value or b"")
        return unknown_kind(kinds, tree)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def unknown_kind(kinds: Any, tree: Any) -> Unknown | None:
    """As ``_newer``, of a tree; raises msgspec.MsgspecError when it is none because of its values."""
    known = [kind.__struct_config__.tag for kind in get_args(kinds)]  # it may be anything
    if not isinstance(tree, dict) or tree.get("kind") in known:
        return None
    said = msgspec.convert(tree, _Said)
    generation = said.generation
    numbered = isinstance(generation, int) and 0 <= generation <= MOST_GENERATION
    return Unknown(
        movie_id=said.movie_id,
        what=said.kind,
        generation=generation if numbered else MOST_GENERATION,
        more=msgspec.json.encode(tree).decode(),
    )
