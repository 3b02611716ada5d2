"""How records become bytes and are read again, also by another version of movietag.

A field that this version does not know is not an error: a newer version has added it. It is kept beside the
known ones (``Record.more``) and written again with them, so whoever copies a record, or seals a page with it,
loses nothing. Reading is strict first, which costs nothing; only a message that does not fit is looked at for
fields of this kind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final, TypeVar

import msgspec
from msgspec import inspect

from movietag.errors import PermanentError

MORE: Final = "__more__"  # never on the wire: there, these fields stand beside the known ones
_MARK: Final = MORE.encode()
UNKNOWN: Final = "unknown"  # the tag of a record that is nothing but such fields

NOT_WRITTEN: Final = (msgspec.MsgspecError, UnicodeEncodeError, OverflowError)

R = TypeVar("R")


class Record(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """Base of every record: immutable.

    Attributes:
        more: the fields that this version of movietag does not know, as a JSON object; empty: none.
    """

    more: str = msgspec.field(default="", name=MORE)


class Message(Record, frozen=True, kw_only=True):
    """A record that is a message, or a row, by itself. It names its version.

    Attributes:
        VERSION: of the record's fields; raised when they change. tests/wire/ has a message of each.
        v: the version that it was made by; left out while it is 1. Of an older one that was read: ours, since
            what it lacks has been filled in.
    """

    VERSION: ClassVar[int] = 1

    v: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 1

    def __post_init__(self) -> None:
        if self.v < self.VERSION:
            msgspec.structs.force_setattr(self, "v", self.VERSION)


_encoder = msgspec.json.Encoder()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_types: dict[Any, inspect.Type] = {}
# msgspec decodes in any thread, but learns a type in one: a second that comes meanwhile finds it half
# learnt, and the process dies of it (SIGSEGV; msgspec 0.22).
_learning = threading.Lock()


def encode(record: Record) -> bytes:
    """Write a record as JSON, if a reader would take it: bounds are checked on reading only.

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
    """Why something was not written: what an encoder, or a decoder of what it has written, has said."""
    reason = f"A {name} was not written, because nobody could read it: {error}."
    return PermanentError("unreadable", reason)


def decode(kind: type[R], value: bytes | None) -> R:
    """Read a record, whatever a newer version has added to it.

    Raises:
        PermanentError: ``bad-record``; the text says what does not fit and where.
    """
    record: R = read(kind, value, kind.__name__)
    return record


def read(kind: Any, value: bytes | None, name: str) -> Any:
    """Read a record of a type or of one of several (``A | B``); raises as ``decode``."""
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
    """A record out of what a decoder without a type has given, which is changed.

    Raises:
        msgspec.ValidationError: it does not fit.
    """
    _set_aside(tree, type_of(kind))
    return msgspec.convert(tree, kind)


def is_marked(written: bytes) -> bool:
    """Whether there may be unknown fields in something that an encoder of msgspec has just written."""
    return _MARK in written


def restored(tree: Any) -> Any:
    """A tree with the unknown fields of its records beside the known ones."""
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
    """What msgspec knows of a type."""
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
    """Move what no field of its record is called into the record's ``more``, in place and at any depth."""
    match kind:
        case inspect.Metadata():
            _set_aside(tree, kind.type)
        case inspect.UnionType():
            for one in _fitting(tree, kind.types):
                _set_aside(tree, one)
        case inspect.StructType() if isinstance(tree, dict):
            _set_aside_of(tree, kind)
        case inspect.StructType() if isinstance(tree, list):  # one that is written as an array
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
    """Of several types those that a tree may be of: of records, the one with its tag."""
    for kind in kinds:
        if (
            not isinstance(kind, inspect.StructType)
            or kind.tag_field is None
            or (isinstance(tree, dict) and tree.get(kind.tag_field) == kind.tag)
        ):
            yield kind
