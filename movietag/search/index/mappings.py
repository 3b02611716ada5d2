"""Compares two mappings of an index: which fields one of them lacks. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from movietag.documents import Json

_PARTS: Final = {"properties", "fields"}  # the parts of a field to which fields may be added


class MappingConflict(ValueError):  # noqa: N818  # a finding
    """A field exists with another definition; the text names it."""


def meta(version: int, mapping: Json) -> Json:
    """The `_meta` of a mapping: its version, and the first 16 hex digits of its SHA-256."""
    written = json.dumps(mapping, sort_keys=True).encode()
    return {"schema": version, "mapping": hashlib.sha256(written).hexdigest()[:16]}


def additions(existing: Mapping[str, Any], wanted: Mapping[str, Any], at: str = "") -> Json:
    """The wanted properties that are missing, at any depth; empty if none is missing.

    Elasticsearch returns defaults that nobody set, so an existing field may have more keys than the wanted one.

    Raises:
        MappingConflict: a field exists with another definition.
    """
    added: Json = {}
    for name, how in wanted.items():
        known = existing.get(name)
        if known is None:
            added[name] = how
            continue
        for key, value in how.items():
            if key not in _PARTS and not _covers(known.get(key, _default(key)), value):
                raise MappingConflict(f"{at}{name} has {key} {known.get(key)!r}, not {value!r}")
        inner = additions(known.get("properties", {}), how.get("properties", {}), f"{at}{name}.")
        missing = additions(known.get("fields", {}), how.get("fields", {}), f"{at}{name}.")
        if missing:
            added[name] = how
        elif inner:
            added[name] = {"properties": inner}
    return added


def _default(key: str) -> object:
    """Defaults that Elasticsearch omits: a field with properties has no `"type": "object"`."""
    return "object" if key == "type" else None


def _covers(existing: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(existing, dict) and all(
            name in existing and _covers(existing[name], value) for name, value in wanted.items()
        )
    return existing == wanted
