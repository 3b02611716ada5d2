"""Searches in the indices of one vocabulary, pages and cursors. No other module sends searches."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from elasticsearch import AsyncElasticsearch, BadRequestError, NotFoundError

from movietag.documents import Body, Json, read_name
from movietag.errors import UsageError
from movietag.search.client import error_reason, transient_errors

PAGE_SIZE = 2000  # hits per request of a scan
KEEP_ALIVE = "2m"

log = logging.getLogger("movietag")

B = TypeVar("B", bound=Body)
S = TypeVar("S", bound=msgspec.Struct)


class SnapshotExpiredError(UsageError):
    """The snapshot that a page belongs to has expired."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins: the snapshot (point in time), and the sort values of the last hit."""

    snapshot: str
    after: tuple[str | int | float | None, ...] = ()

    def token(self) -> str:
        """The cursor as a URL-safe token: letters, digits, - and _."""
        return urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @staticmethod
    def from_token(token: str) -> Cursor:
        """The cursor of a token.

        Raises:
            UsageError: the token is invalid.
        """
        try:
            padded = token.encode() + b"=" * (-len(token) % 4)
            return msgspec.json.decode(urlsafe_b64decode(padded), type=Cursor)
        except (ValueError, msgspec.DecodeError):
            raise UsageError(f"{token[:40]!r} is not a valid cursor: repeat the search.") from None


def decode_hit(hit: Mapping[str, Any], kind: type[S]) -> S | None:
    """Decode the document of a hit; None, and a warning in the log, if it has another version's format."""
    try:
        return msgspec.convert(hit["_source"], kind)
    except msgspec.ValidationError as error:
        log.warning(
            "%s/%s is omitted from results: it was written by another version of movietag (%s)."
            " `movietag recount` rewrites it.",
            hit["_index"],
            hit["_id"],
            error,
        )
        return None


def decode_hits(hits: Iterable[Mapping[str, Any]], kind: type[S]) -> list[S]:
    """The documents of hits, without those that ``decode_hit`` rejects."""
    return [body for hit in hits if (body := decode_hit(hit, kind)) is not None]


def omitted(number: int) -> int | msgspec.UnsetType:
    """The field ``unreadable`` of a result: the number of omitted documents, left out when it is 0."""
    return number or msgspec.UNSET


class Indices:
    """Searches in the indices of one vocabulary.

    Every method raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """

    def __init__(self, es: AsyncElasticsearch, vocabulary_id: str) -> None:
        self.es = es
        self.vocabulary_id = vocabulary_id

    async def search(
        self,
        alias: str,
        body: Mapping[str, Any],
        cursor: Cursor | None = None,
        *,
        only: str | None = None,
    ) -> Any:
        """Send one search and return the response, or ``only`` some of its fields; after a ``cursor``, the next page.

        Documents are returned whole: source filtering makes the server parse and write each one, which takes
        longer than the search.


        Raises:
            SnapshotExpiredError: the cursor's snapshot has expired.
            UsageError: the server rejects the search; only a forged cursor causes that.
        """
        if cursor is None:
            with transient_errors(self.es):
                answer = await self.es.search(
                    index=self.name(alias), body=dict(body), filter_path=only
                )
                return answer.body
        request: Json = {**body, "pit": {"id": cursor.snapshot, "keep_alive": KEEP_ALIVE}}
        if cursor.after:
            request["search_after"] = list(cursor.after)
        try:
            with transient_errors(self.es):
                return (await self.es.search(body=request)).body
        except NotFoundError:
            raise SnapshotExpiredError("This page has expired: repeat the search.") from None
        except BadRequestError as error:
            raise UsageError(f"This is not a valid cursor ({error_reason(error)}).") from None

    async def bodies(
        self, alias: str, kind: type[B], body: Mapping[str, Any]
    ) -> tuple[int, list[B]]:
        """The number of matching documents, and the first ones, without those that ``decode_hit`` rejects."""
        hits = (await self.search(alias, body))["hits"]
        return hits["total"]["value"], decode_hits(hits["hits"], kind)

    async def scan(
        self, alias: str, body: Mapping[str, Any], page: int = PAGE_SIZE
    ) -> AsyncGenerator[Any, None]:
        """All hits of a sorted search, page by page, from one snapshot.

        The caller consumes each page within ``KEEP_ALIVE``, and closes the generator (``contextlib.aclosing``)
        if it may stop early.

        """
        snapshot = await self.open(alias)
        after: tuple[Any, ...] = ()
        try:
            while True:
                answer = await self.search(alias, {**body, "size": page}, Cursor(snapshot, after))
                snapshot = answer["pit_id"]
                hits = answer["hits"]["hits"]
                for hit in hits:
                    yield hit
                if len(hits) < page:
                    return
                after = tuple(hits[-1]["sort"])
        finally:
            await self.close(snapshot)

    async def open(self, alias: str, keep: str = KEEP_ALIVE) -> str:
        """Open a snapshot of an index (a point in time); it expires ``keep`` after its last use."""
        with transient_errors(self.es):
            opened = await self.es.open_point_in_time(index=self.name(alias), keep_alive=keep)
        return str(opened["id"])

    async def close(self, snapshot: str) -> None:
        """Close a snapshot; one that has expired is fine."""
        with transient_errors(self.es):
            await self.es.options(ignore_status=404).close_point_in_time(id=snapshot)

    def name(self, alias: str) -> str:
        """The name under which the documents of an alias are searched."""
        return read_name(alias, self.vocabulary_id)
