"""The records of the public topics as JSON Schema (2020-12), made from the records themselves.

They are open, as docs/compatibility.md asks of every reader: fields that a schema does not name may be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any, Final

import msgspec

from movietag import topics
from movietag.documents import BODIES, Json
from movietag.records import Document, Fact, Letter, MovieEvent
from movietag.records.wire import MORE
from movietag.topics import TopicSpec

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

PUBLIC: Final[Mapping[str, tuple[TopicSpec, Any]]] = {
    "fact": (topics.CAPTIONS, Fact),
    "document": (topics.DOCUMENTS, Document),
    "letter": (topics.DEAD_LETTERS, Letter),
    "event": (topics.EVENTS, MovieEvent),
}
"""By name of a schema: the topic, and its record; of a letter, the record is the message's header."""

_REF: Final = "#/$defs/{name}"


def _with_any_body() -> type[msgspec.Struct]:
    """``Document`` with a body of any type: msgspec describes no ``Raw``."""
    fields = [
        (field.name, Any, None)
        if field.type is msgspec.Raw
        else (field.name, field.type, msgspec.field(name=field.encode_name, default=field.default))
        for field in msgspec.structs.fields(Document)
    ]
    return msgspec.defstruct(
        Document.__name__, fields, namespace={"__doc__": Document.__doc__}, kw_only=True
    )


_Document: Final = _with_any_body()


def json_schema(name: str) -> Json:
    """The schema of a record of ``PUBLIC``; KeyError for another name."""
    topic, kind = PUBLIC[name]
    kinds = [_Document, *BODIES.values()] if kind is Document else [kind]
    (schema, *bodies), parts = msgspec.json.schema_components(kinds, ref_template=_REF)
    if bodies:
        parts[Document.__name__]["properties"]["body"] = {
            "anyOf": [*bodies, {"type": "null", "description": "The document is deleted."}],
            "description": "By the alias with whose name `index` begins: " + ", ".join(BODIES),
            "default": None,
        }
    return {
        "$schema": DIALECT,
        "title": f"{name} ({topic.name})",
        **schema,
        "$defs": {part: _open(fields) for part, fields in sorted(parts.items())},
    }


def _open(tree: Any) -> Any:
    """A schema whose objects may have further fields, without what is never on the wire; patterns for JavaScript too."""
    if isinstance(tree, str):
        return cleandoc(tree).replace("\\Z", "$").replace("``", "`")
    if isinstance(tree, (list, tuple)):
        return [_open(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        key: _open(value)
        for key, value in tree.items()
        if key != MORE and (key, value) != ("additionalProperties", False)
    }
