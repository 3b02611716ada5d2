"""What Elasticsearch answers to each operation of a bulk request: done, to be tried again, or refused."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from elasticsearch import AsyncElasticsearch

from movietag.errors import TransientError
from movietag.search.client import BUSY, REMEDIES, ElasticsearchAwayError, address

ANSWER: Final = (
    "items.*.status,items.*.error.type,items.*.error.reason,items.*._index,items.*._primary_term"
)
PROBE_ID: Final = "movietag-no-document"  # of a document that never exists
MISSING: Final = "index_not_found_exception"


class _Error(msgspec.Struct, frozen=True):
    type: str
    reason: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """The result of one operation; ``_primary_term`` grows when the index is created again, or moves."""

    status: int
    error: _Error | None = None
    _index: str = ""
    _primary_term: int = 0

    @staticmethod
    def of_request(status: int, reason: str) -> Outcome:
        """The outcome of an operation whose whole request was refused."""
        return Outcome(status, _Error("", reason))

    @property
    def settled(self) -> bool:
        """Whether it is done: also when the server has a newer version already (409)."""
        return self.error is None or self.status == 409

    @property
    def passes(self) -> bool:
        """Whether its failure is certainly none of the document's: a retry may succeed."""
        if self.error is None or self.settled:
            return False
        busy = self.status >= 500 or self.status in BUSY | {401, 403}
        return busy or self.error.type == MISSING or self.error.type in REMEDIES

    @property
    def reason(self) -> str:
        """Why it failed; empty if it did not."""
        if self.error is None:
            return ""
        return ": ".join(filter(None, (self.error.type, str(self.error.reason))))


def read_outcomes(body: Any) -> list[Outcome]:
    """The outcomes of a bulk request's answer, in the order of its operations."""
    items = msgspec.convert(body["items"], list[dict[str, Outcome]])
    return [outcome for item in items for outcome in item.values()]


def passing(es: AsyncElasticsearch, outcome: Outcome) -> TransientError:
    """The error that says what the index, or the server, has, and what to do about it."""
    kind = outcome.error.type if outcome.error else ""
    remedy = REMEDIES.get(kind, "")
    if kind == MISSING:
        remedy = "The index stage creates missing indices."
    where = f" into index {outcome._index}" if outcome._index else ""
    reason = (outcome.error.reason if outcome.error else "") or ""
    what = f"{reason} ({kind}, {outcome.status})" if kind else f"{reason} ({outcome.status})"
    return ElasticsearchAwayError(
        f"Elasticsearch at {address(es)} cannot write now{where}: {what}. {remedy}".rstrip()
    )
