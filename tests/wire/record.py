"""Record a message of each version of a record that has none: `cd tests && python -m wire.record`.

What is recorded is never written again: it is what stands on somebody's topics.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
from msgspec import inspect

from movietag.records import LedgerFact, Message, Placed, encode
from movietag.records.wire import MORE, type_of
from movietag.streams.ledger.pages import packed
from wire.examples import BODIES, MESSAGES

FOLDER = Path(__file__).parent
PAGE_VERSION = 7
BODY_VERSION = 8


def name_of(kind: type) -> str:
    """``SlotFailure`` -> ``slot_failure``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def message_file(kind: type[Message], version: int) -> Path:
    """Where the message of a version is."""
    return FOLDER / f"{name_of(kind)}.{version}.json"


def schema_file(kind: type[Message]) -> Path:
    """Where the fields of the present version are written down."""
    return FOLDER / f"{name_of(kind)}.{kind.VERSION}.schema.json"


def body_file(kind: type, version: int) -> Path:
    """Where the document of a version is."""
    return FOLDER / f"{name_of(kind)}.{version}.json"


def schema(kind: type[Message]) -> dict[str, dict[str, str]]:
    """The fields of a record with their types and bounds, and of the records in it."""
    found: dict[str, dict[str, str]] = {}
    _describe(type_of(kind), found)
    return found


def _describe(kind: inspect.Type, found: dict[str, dict[str, str]]) -> str:
    """A type in words; of a record its name, and its fields into ``found``."""
    match kind:
        case inspect.StructType():
            name = kind.cls.__name__
            if name not in found:
                found[name] = {}
                for field in kind.fields:
                    if field.encode_name != MORE:
                        needed = "" if field.required else "?"
                        found[name][field.encode_name + needed] = _describe(field.type, found)
            return name
        case inspect.UnionType():
            return " | ".join(_describe(one, found) for one in kind.types)
        case inspect.VarTupleType():
            return f"{_describe(kind.item_type, found)}[]"
        case inspect.TupleType():
            return f"({', '.join(_describe(one, found) for one in kind.item_types)})"
        case inspect.DictType():
            key, value = _describe(kind.key_type, found), _describe(kind.value_type, found)
            return f"{{{key}: {value}}}"
    bounds = {name: getattr(kind, name) for name in kind.__struct_fields__}
    said = ", ".join(f"{name}={value!r}" for name, value in bounds.items() if value is not None)
    return f"{type(kind).__name__.removesuffix('Type').lower()}({said})"


def page() -> bytes:
    """A page with a fact of each kind that a ledger holds."""
    facts = [one for one in MESSAGES if isinstance(one, LedgerFact)]
    (made,) = packed(Placed(100 + at, 1_700_000_000_000 + at, one) for at, one in enumerate(facts))
    return made


def main() -> None:
    """Write what is missing."""
    for message in MESSAGES:
        kind = type(message)
        _write(message_file(kind, kind.VERSION), encode(message) + b"\n")
        text = json.dumps(schema(kind), indent=1, sort_keys=True)
        _write(schema_file(kind), text.encode() + b"\n")
    for body in BODIES:
        _write(body_file(type(body), BODY_VERSION), msgspec.json.encode(body) + b"\n")
    _write(FOLDER / f"page.{PAGE_VERSION}.bin", page())


def _write(path: Path, content: bytes) -> None:
    if not path.exists():
        path.write_bytes(content)


if __name__ == "__main__":
    main()
