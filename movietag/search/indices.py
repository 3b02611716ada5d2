"""Searches in the indices of one vocabulary: the one place that sends them."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from elasticsearch import AsyncElasticsearch, BadRequestError, NotFoundError

from movietag.documents import Body, read_name
from movietag.errors import UsageError
from movietag.search.client import reason_of, transient_errors

PAGE = 2000  # rows fetched at once by an export
KEEP = "2m"

log = logging.getLogger("movietag")

B = TypeVar("B", bound=Body)
S = TypeVar("S", bound=msgspec.Struct)
Json = dict[str, Any]


class GoneError(UsageError):
    """The snapshot that a page belongs to is not kept any longer."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page of an answer begins: in which snapshot, after which sort values."""

    snapshot: str
    after: tuple[str | int | float | None, ...] = ()

    def token(self) -> str:
        """The place as one word of letters, digits, - and _."""
        return urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @staticmethod
    def of(token: str) -> Cursor:
        """The place of a word.

        Raises:
            UsageError: it is none.
        """
        try:
            padded = token.encode() + b"=" * (-len(token) % 4)
            return msgspec.json.decode(urlsafe_b64decode(padded), type=Cursor)
        except (ValueError, msgspec.DecodeError):
            raise UsageError(f"{token[:40]!r} is no place in an answer: search anew.") from None


def decoded(hit: Mapping[str, Any], kind: type[S]) -> S | None:
    """The document of a hit; None, and a line in the log, where another version of movietag has written it otherwise."""
    try:
        return msgspec.convert(hit["_source"], kind)
    except msgspec.ValidationError as error:
        log.warning(
            "%s/%s is left out of an answer: another version of movietag has written it (%s)."
            " `movietag recount` writes it anew.",
            hit["_index"],
            hit["_id"],
            error,
        )
        return None


def legible(hits: Iterable[Mapping[str, Any]], kind: type[S]) -> list[S]:
    """The documents of hits, without those that ``decoded`` leaves out."""
    return [body for hit in hits if (body := decoded(hit, kind)) is not None]


def left_out(number: int) -> int | msgspec.UnsetType:
    """How an answer says how many documents were left out: not at all where none was."""
    return number or msgspec.UNSET


class Indices:
    """Searches in the indices of one vocabulary.

    Every method raises:
        TransientError: the server is away, or has no index of this vocabulary.
    """

    def __init__(self, es: AsyncElasticsearch, vocabulary_id: str) -> None:
        self.es = es
        self.vocabulary_id = vocabulary_id

    async def answer(
        self,
        alias: str,
        body: Mapping[str, Any],
        place: Cursor | None = None,
        *,
        only: str | None = None,
    ) -> Any:
        """The answer to one search, or ``only`` these of its fields; of a ``place`` the next page.

        Documents come whole: to leave out a field, the server reads and writes each anew, which takes it
        longer than the search.

        Raises:
            GoneError: the place's snapshot is not kept any longer.
            UsageError: the server refuses the search; only a place that was tampered with leads to that.
        """
        if place is None:
            with transient_errors(self.es):
                found = await self.es.search(
                    index=self.name(alias), body=dict(body), filter_path=only
                )
                return found.body
        asked: Json = {**body, "pit": {"id": place.snapshot, "keep_alive": KEEP}}
        if place.after:
            asked["search_after"] = list(place.after)
        try:
            with transient_errors(self.es):
                return (await self.es.search(body=asked)).body
        except NotFoundError:
            raise GoneError("This page is not kept any longer: search again.") from None
        except BadRequestError as error:
            raise UsageError(f"This is no place in an answer ({reason_of(error)}).") from None

    async def bodies(
        self, alias: str, kind: type[B], body: Mapping[str, Any]
    ) -> tuple[int, list[B]]:
        """How many documents fit, and the first of them, without those that ``decoded`` leaves out."""
        hits = (await self.answer(alias, body))["hits"]
        return hits["total"]["value"], legible(hits["hits"], kind)

    async def every(
        self, alias: str, body: Mapping[str, Any], page: int = PAGE
    ) -> AsyncGenerator[Any, None]:
        """All hits of a search with a sort, page by page, of one point in time.

        Each page is to be read within ``KEEP``. To be closed (``contextlib.aclosing``) by whoever does not
        read it to its end.
        """
        snapshot = await self.open(alias)
        after: tuple[Any, ...] = ()
        try:
            while True:
                answer = await self.answer(alias, {**body, "size": page}, Cursor(snapshot, after))
                snapshot = answer["pit_id"]
                hits = answer["hits"]["hits"]
                for hit in hits:
                    yield hit
                if len(hits) < page:
                    return
                after = tuple(hits[-1]["sort"])
        finally:
            await self.close(snapshot)

    async def open(self, alias: str, keep: str = KEEP) -> str:
        """A snapshot of an index: its documents as of now, kept for a while after each use."""
        with transient_errors(self.es):
            opened = await self.es.open_point_in_time(index=self.name(alias), keep_alive=keep)
        return str(opened["id"])

    async def close(self, snapshot: str) -> None:
        """Let a snapshot go."""
        with transient_errors(self.es):
            await self.es.options(ignore_status=404).close_point_in_time(id=snapshot)

    def name(self, alias: str) -> str:
        """Where the documents of an alias are searched for."""
        return read_name(alias, self.vocabulary_id)
