"""Mappings of an index among themselves: what one has that the other has not. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

_PARTS: Final = {"properties", "fields"}  # of a field: what may be added to it


class Differs(ValueError):  # noqa: N818  # a finding
    """A field is there and of another kind; the text says which."""


def meta(version: int, mapping: Json) -> Json:
    """What an index says of its mapping: its version, and 16 hex digits of SHA-256 of all of it."""
    written = json.dumps(mapping, sort_keys=True).encode()
    return {"schema": version, "mapping": hashlib.sha256(written).hexdigest()[:16]}


def additions(there: Mapping[str, Any], wanted: Mapping[str, Any], at: str = "") -> Json:
    """The properties that are wanted and not there, at any depth; empty: none.

    Elasticsearch shows defaults that nobody set: what is there may say more than what is wanted.

    Raises:
        Differs: a field is there and of another kind.
    """
    found: Json = {}
    for name, how in wanted.items():
        known = there.get(name)
        if known is None:
            found[name] = how
            continue
        for key, value in how.items():
            if key not in _PARTS and not _covers(known.get(key, _default(key)), value):
                raise Differs(f"{at}{name} has {key} {known.get(key)!r}, not {value!r}")
        inner = additions(known.get("properties", {}), how.get("properties", {}), f"{at}{name}.")
        missing = additions(known.get("fields", {}), how.get("fields", {}), f"{at}{name}.")
        if missing:
            found[name] = how
        elif inner:
            found[name] = {"properties": inner}
    return found


def _default(key: str) -> object:
    """What Elasticsearch leaves out: an object with properties does not say that it is one."""
    return "object" if key == "type" else None


def _covers(there: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            name in there and _covers(there[name], value) for name, value in wanted.items()
        )
    return there == wanted
