"""Searches in the indices of one vocabulary, and their snapshots. No other module sends searches."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from elasticsearch import AsyncElasticsearch, BadRequestError, NotFoundError

from movietag.documents import Body, Json, read_name
from movietag.errors import TransientError, UsageError
from movietag.search.client import error_reason, transient_errors
from movietag.search.hits import undecoded_documents
from movietag.search.sent_once import answers_of_request

PAGE_SIZE = 2000  # hits per request of a scan
KEEP_ALIVE = "2m"

log = logging.getLogger("movietag")

B = TypeVar("B", bound=Body)
S = TypeVar("S", bound=msgspec.Struct)


class SnapshotLostError(TransientError):
    """A snapshot is gone: it has expired, or its server was restarted. Another one takes its place."""


def decode_hit(hit: Mapping[str, Any], kind: type[S]) -> S | None:
    """Decode the document of a hit; None, and a warning in the log, if it has another version's format."""
    try:
        return msgspec.json.decode(hit["_source"], type=kind)
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
        snapshot: str = "",
        *,
        only: str | None = None,
    ) -> Any:
        """Send one search, of a ``snapshot`` if there is one; returns a ``SearchAnswer``, or ``only`` some of its fields.

        Documents are returned whole: source filtering makes the server parse and write each one, which takes
        longer than the search.

        A search for no hits is sent once in a request (see ``one_request``).

        An answer is that of all shards, or an error: what one that failed or ran out of time holds would seem not to
        exist.

        Raises:
            SnapshotLostError: the snapshot is gone.
            UsageError: the server rejects the search; only a forged cursor causes that.
        """
        answers = answers_of_request() if body.get("size") == 0 and not snapshot else None
        if answers is None:
            return await self._send(alias, body, snapshot, only)
        search = msgspec.json.encode((self.name(alias), body, only))
        if search not in answers:
            answers[search] = await self._send(alias, body, snapshot, only)
        return answers[search]

    async def _send(
        self, alias: str, body: Mapping[str, Any], snapshot: str, only: str | None
    ) -> Any:
        where: Json = {"index": self.name(alias), "filter_path": only}
        if snapshot:
            body = {**body, "pit": {"id": snapshot, "keep_alive": KEEP_ALIVE}}
            where = {}
        where["allow_partial_search_results"] = False
        try:
            with transient_errors(self.es), undecoded_documents():
                return (await self.es.search(body=dict(body), **where)).body
        except NotFoundError:
            raise SnapshotLostError("The snapshot of this page has expired.") from None
        except BadRequestError as error:
            if snapshot:  # its id may be of a former cluster; what else is wrong shows without it
                raise SnapshotLostError("The snapshot of this page cannot be read.") from None
            if "search_after" in body:
                raise UsageError(
                    f"This is not a valid page token ({error_reason(error)}): repeat the search without it."
                ) from None
            raise

    async def bodies(
        self, alias: str, kind: type[B], body: Mapping[str, Any]
    ) -> tuple[int, list[B]]:
        """The number of matching documents, and the first ones, without those that ``decode_hit`` rejects."""
        hits = (await self.search(alias, body))["hits"]
        return hits["total"]["value"], decode_hits(hits["hits"], kind)

    async def count(self, alias: str, clause: Json, most: int | None = None) -> int:
        """The number of matching documents; the server stops counting at ``most``."""
        total = True if most is None else most
        body = {"query": clause, "size": 0, "track_total_hits": total}
        return int((await self.search(alias, body))["hits"]["total"]["value"])

    async def scan(
        self, alias: str, body: Mapping[str, Any], page: int = PAGE_SIZE
    ) -> AsyncGenerator[Any, None]:
        """All hits of a sorted search, page by page, from one snapshot.

        The caller consumes each page within ``KEEP_ALIVE``, and closes the generator (``contextlib.aclosing``)
        if it may stop early.

        Raises:
            SnapshotLostError: a page was consumed too slowly.
        """
        snapshot = await self.open(alias)
        after: tuple[Any, ...] = ()
        try:
            while True:
                request: Json = {**body, "size": page}
                if after:
                    request["search_after"] = list(after)
                answer = await self.search(alias, request, snapshot)
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
