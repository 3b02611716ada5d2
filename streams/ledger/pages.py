"""Pages: facts of one movie as a row of a changelog."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from movietag.records import Beside, KnownFact, MovieId, Placed, unknown_kind
from movietag.records.wire import NOT_WRITTEN, from_tree, is_marked, restored, unreadable

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Placed])

SEPARATOR = b"|"  # not part of any movie id
MOST_PAGE = 2 << 20  # bytes of a page before it is compressed; a single fact has less than 1 MiB


def page_key(movie_id: MovieId, worker: str, number: int) -> bytes:
    """A unique key for a page of a movie."""
    return SEPARATOR.join((movie_id.encode(), worker.encode(), b"%d" % number))


def movie_of(key: bytes) -> MovieId:
    """The movie of a page, from its key."""
    return MovieId(key.partition(SEPARATOR)[0].decode("utf-8", "replace"))


def packed(facts: Iterable[Placed]) -> Iterator[bytes]:
    """Facts packed into pages below Kafka's message limit, usually one.

    Raises:
        PermanentError: ``unreadable``, a page that could not be read again.
    """
    portion: list[Placed] = []
    size = 0
    for fact in facts:
        length = _size(fact)
        if portion and size + length > MOST_PAGE:
            yield zlib.compress(_encode(portion), level=1)
            portion, size = [], 0
        portion.append(fact)
        size += length
    yield zlib.compress(_encode(portion), level=1)


def _size(fact: Placed) -> int:
    """Bytes of a fact; raises as ``packed``."""
    try:
        return len(_encoder.encode(fact))
    except NOT_WRITTEN as error:
        raise unreadable("page of the ledger", error) from None


def _encode(facts: list[Placed]) -> bytes:
    """Facts as a page before it is compressed; raises as ``packed``."""
    try:
        written = _encoder.encode(facts)
        _decoder.decode(written)
    except NOT_WRITTEN as error:
        raise unreadable("page of the ledger", error) from None
    if is_marked(written):
        return _encoder.encode(restored(msgspec.msgpack.decode(written)))
    return written


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The facts of a page, and for each unreadable part why."""

    facts: list[Placed]
    faults: list[str] = field(default_factory=list)


def unpacked(page: bytes) -> list[Placed]:
    """The facts of a page, which a newer version of movietag may have written.

    Raises:
        ValueError: something in it cannot be read.
    """
    result = salvaged(page)
    if result.faults:
        raise ValueError("; ".join(result.faults))
    return result.facts


def salvaged(page: bytes) -> Unpacked:
    """The readable part of a damaged page."""
    try:
        content = zlib.decompress(page)
        if not is_marked(content):
            with suppress(msgspec.ValidationError):  # perhaps of a newer version: one by one
                return Unpacked(_decoder.decode(content))
        trees = msgspec.msgpack.decode(content, type=list[_Tree])
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Unpacked([], [f"no page: {error}"])
    result = Unpacked([])
    for tree in trees:
        try:
            result.facts.append(_placed(tree))
        except (msgspec.MsgspecError, RecursionError) as error:
            result.faults.append(f"the fact at {tree.offset}: {error}")
    return result


class _Tree(msgspec.Struct, frozen=True, array_like=True):
    """A ``Placed`` whose fact was not looked at."""

    offset: int
    at_ms: int
    fact: Any
    beside: Any = msgspec.field(default_factory=dict)


def _placed(item: _Tree) -> Placed:
    fact = unknown_kind(KnownFact, item.fact) or from_tree(item.fact, KnownFact)
    return Placed(item.offset, item.at_ms, fact, from_tree(item.beside, Beside))
