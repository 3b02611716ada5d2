"""Encoding and decoding records, across versions of movietag.

A field that this version does not know is not an error: a newer version has added it. It is preserved next to
the known fields (``Record.more``) and written with them, so copying a record, or sealing a page with it, loses
nothing. Decoding is strict first, which is the fast path; only a message that fails is searched for unknown
fields.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final, TypeVar

import msgspec
from msgspec import inspect

from movietag.errors import PermanentError

MORE: Final = "__more__"  # never on the wire: there, these fields are next to the known ones
_MARK: Final = MORE.encode()
UNKNOWN: Final = "unknown"  # the tag of a record that consists only of such fields

NOT_WRITTEN: Final = (msgspec.MsgspecError, UnicodeEncodeError, OverflowError)

R = TypeVar("R")


class Record(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """Base of every record: immutable.

    Attributes:
        more: the fields that this version of movietag does not know, as a JSON object; empty if none.
    """

    more: str = msgspec.field(default="", name=MORE)


class Message(Record, frozen=True, kw_only=True):
    """A record that is a whole message or row. It names its version.

    Attributes:
        VERSION: of the record's fields; raised when they change. tests/wire/ has a message of each.
        v: the version that it was written by; left out while 1. After decoding an older one: the current
            version, since defaults have filled in what it lacks.
    """

    VERSION: ClassVar[int] = 1

    v: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 1

    def __post_init__(self) -> None:
        if self.v < self.VERSION:
            msgspec.structs.force_setattr(self, "v", self.VERSION)


_encoder = msgspec.json.Encoder()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_types: dict[Any, inspect.Type] = {}
# msgspec decodes in any thread, but must learn a type in one: a second thread meanwhile uses the half-built
# type, and the process crashes (SIGSEGV; msgspec 0.22).
_learning = threading.Lock()


def encode(record: Record) -> bytes:
    """Encode a record as JSON, after checking its bounds as a reader would.

    Raises:
        PermanentError: ``unreadable``; the text says what does not fit and where.
    """
    kind = type(record)
    try:
        written = _encoder.encode(record)
        _decoder(kind).decode(written)
    except NOT_WRITTEN as error:
        raise unreadable(kind.__name__, error) from None
    if _MARK not in written:
        return written
    whole = _encoder.encode(restored(msgspec.json.decode(written)))
    if kind.__struct_config__.tag != UNKNOWN:
        decode(kind, whole)
    return whole


def unreadable(name: str, error: Exception) -> PermanentError:
    """The error of a record that could not be encoded, or whose encoding could not be decoded."""
    reason = f"A {name} was not written, because it could not be read back: {error}."
    return PermanentError("unreadable", reason)


def decode(kind: type[R], value: bytes | None) -> R:
    """Decode a record; fields that a newer version has added are preserved.

    Raises:
        PermanentError: ``bad-record``; the text says what does not fit and where.
    """
    record: R = read(kind, value, kind.__name__)
    return record


def read(kind: Any, value: bytes | None, name: str) -> Any:
    """Decode a record of one type or of several (``A | B``); raises as ``decode``."""
    if value is None:
        raise PermanentError("bad-record", f"No {name}: the message is empty (null).")
    decoder = _decoder(kind)
    try:
        if _MARK not in value:
            try:
                return decoder.decode(value)
            except msgspec.ValidationError as error:
                if "unknown field" not in str(error):
                    raise
        tree = msgspec.json.decode(value)
        _set_aside(tree, type_of(kind))
        return decoder.decode(_encoder.encode(tree))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PermanentError("bad-record", f"Not a record of kind {name}: {error}.") from None


def from_tree(tree: Any, kind: Any) -> Any:
    """Convert decoded JSON, which is modified, to a record.

    Raises:
        msgspec.ValidationError: it is not such a record.
    """
    _set_aside(tree, type_of(kind))
    return msgspec.convert(tree, kind)


def is_marked(written: bytes) -> bool:
    """Whether an encoding of msgspec may hold unknown fields set aside."""
    return _MARK in written


def restored(tree: Any) -> Any:
    """A tree with the unknown fields of its records back next to the known ones."""
    if isinstance(tree, list):
        return [restored(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    more = tree.get(MORE)
    known = {name: restored(value) for name, value in tree.items()}
    if not isinstance(more, str):
        return known
    del known[MORE]
    unknown: dict[str, Any] = msgspec.json.decode(more)
    return unknown if known.get("kind") == UNKNOWN else {**unknown, **known}


def type_of(kind: Any) -> inspect.Type:
    """Msgspec's description of a type, cached."""
    found = _types.get(kind)
    if found is None:
        with _learning:
            found = _types[kind] = inspect.type_info(kind)
    return found


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    decoder = _decoders.get(kind)
    if decoder is None:
        with _learning:
            decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def _set_aside(tree: Any, kind: inspect.Type) -> None:
    """Move unknown fields of records into their ``more``, in place and at any depth."""
    match kind:
        case inspect.Metadata():
            _set_aside(tree, kind.type)
        case inspect.UnionType():
            for one in _fitting(tree, kind.types):
                _set_aside(tree, one)
        case inspect.StructType() if isinstance(tree, dict):
            _set_aside_of(tree, kind)
        case inspect.StructType() if isinstance(tree, list):  # encoded as an array
            for item, field in zip(tree, kind.fields, strict=False):
                _set_aside(item, field.type)
        case inspect.VarTupleType() | inspect.ListType() if isinstance(tree, list):
            for item in tree:
                _set_aside(item, kind.item_type)


def _set_aside_of(tree: dict[str, Any], kind: inspect.StructType) -> None:
    fields = {field.encode_name: field.type for field in kind.fields if field.encode_name != MORE}
    if issubclass(kind.cls, Record):
        unknown = {name: tree[name] for name in tree if name not in fields | {kind.tag_field: None}}
        for name in unknown:
            del tree[name]
        if unknown:
            tree[MORE] = _encoder.encode(unknown).decode()
    for name, inner in fields.items():
        if name in tree:
            _set_aside(tree[name], inner)


def _fitting(tree: Any, kinds: Iterable[inspect.Type]) -> Iterable[inspect.Type]:
    """Of several types, those that a tree may have: of records, the one with its tag."""
    for kind in kinds:
        if (
            not isinstance(kind, inspect.StructType)
            or kind.tag_field is None
            or (isinstance(tree, dict) and tree.get(kind.tag_field) == kind.tag)
        ):
            yield kind
