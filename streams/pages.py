"""Pages: facts of one movie as a row of a changelog, and the rows of a ledger found by movie."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from movietag.records import KnownFact, MovieId, Placed, unknown_kind
from movietag.wire import from_tree, is_marked, restored

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Placed])

SEPARATOR = b"|"  # not part of any movie id
MOST_PAGE = 2 << 20  # bytes of a page before it is compressed; a single fact has less than 1 MiB
NONE: Mapping[bytes, bytes] = MappingProxyType({})


def page_key(movie_id: MovieId, worker: str, number: int) -> bytes:
    """The key of a page: of its movie, and nobody else's."""
    return SEPARATOR.join((movie_id.encode(), worker.encode(), b"%d" % number))


def packed(facts: Iterable[Placed]) -> Iterator[bytes]:
    """Facts as pages that Kafka takes, mostly one: long captions add up to more than a message has."""
    portion: list[Placed] = []
    size = 0
    for fact in facts:
        length = len(_encode([fact]))
        if portion and size + length > MOST_PAGE:
            yield zlib.compress(_encode(portion), level=1)
            portion, size = [], 0
        portion.append(fact)
        size += length
    yield zlib.compress(_encode(portion), level=1)


def _encode(facts: list[Placed]) -> bytes:
    written = _encoder.encode(facts)
    if is_marked(written):
        return _encoder.encode(restored(msgspec.msgpack.decode(written)))
    return written


def unpacked(page: bytes) -> list[Placed]:
    """The facts of a page, also as a newer version of movietag has written them.

    Raises:
        zlib.error, msgspec.MsgspecError: it is none.
    """
    content = zlib.decompress(page)
    try:
        if not is_marked(content):
            return _decoder.decode(content)
    except msgspec.ValidationError:
        pass  # perhaps of a newer version: one by one
    return [_placed(tree) for tree in msgspec.msgpack.decode(content, type=list[_Tree])]


class _Tree(msgspec.Struct, frozen=True, array_like=True):
    """A ``Placed`` whose fact was not looked at."""

    offset: int
    at_ms: int
    fact: Any


def _placed(item: _Tree) -> Placed:
    fact = unknown_kind(KnownFact, item.fact) or from_tree(item.fact, KnownFact)
    return Placed(item.offset, item.at_ms, fact)


class Pages:
    """The pages of the partitions that a worker has, packed until they are asked for.

    ``rows`` and ``size`` say how many there are, and how many bytes they have with their keys.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.size = 0
        self._partitions: dict[int, dict[bytes, dict[bytes, bytes]]] = {}

    def put(self, partition: int, key: bytes, page: bytes | None) -> None:
        """Take a row as it stands in the changelog; None deletes it. A key of no movie is passed over."""
        movie = key.partition(SEPARATOR)[0]
        if not movie:
            return
        movies = self._partitions.setdefault(partition, {})
        pages = movies.setdefault(movie, {})
        former = pages.pop(key, None)
        if former is not None:
            self._count(-1, key, former)
        if page is not None:
            pages[key] = page
            self._count(1, key, page)
        elif not pages:
            del movies[movie]

    def of(self, partition: int, movie_id: MovieId) -> Mapping[bytes, bytes]:
        """The pages of a movie by their keys."""
        return self._partitions.get(partition, {}).get(movie_id.encode(), NONE)

    def keep(self, partitions: Collection[int]) -> None:
        """Forget the pages of all other partitions."""
        for partition in set(self._partitions) - set(partitions):
            for pages in self._partitions.pop(partition).values():
                for key, page in pages.items():
                    self._count(-1, key, page)

    def _count(self, sign: int, key: bytes, page: bytes) -> None:
        self.rows += sign
        self.size += sign * (len(key) + len(page))
