"""Pages of movies: forward and back from a position in a total order, however long ago it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from movietag.documents import Json
from movietag.search.cursors import Cursor, SearchId
from movietag.search.indices import Indices

_OTHER: Final = {"asc": "desc", "desc": "asc"}


def backwards(order: Sequence[Json]) -> list[Json]:
    """The reverse of a sort; documents without a value, which come last unless a sort says otherwise, come first."""
    return [
        {name: _backwards(name, how if isinstance(how, dict) else {"order": how})}
        for clause in order
        for name, how in clause.items()
    ]


def _backwards(name: str, how: Json) -> Json:
    missing = {} if name == "_score" else {"missing": "_first"}
    return {**how, "order": _OTHER[how["order"]], **missing}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of a search.

    Attributes:
        search: the search, which its cursors carry.
        order: the sort; its last fields are unique together.
        limit: the number of results.
        cursor: where the page begins or ends; None: the first page.
        snapshot: the snapshot to search; empty: the index as it is now.
        weights: what the cursors of this search carry, see ``Cursor``.
    """

    search: SearchId
    order: Sequence[Json]
    limit: int
    cursor: Cursor | None = None
    snapshot: str = ""
    weights: tuple[float, ...] = ()

    @property
    def back(self) -> bool:
        """Whether the page ends at the cursor."""
        return self.cursor is not None and self.cursor.back

    def body(self) -> Json:
        """Order and extent of the search: one result more than the limit, which says whether there are more."""
        after = self.cursor.after if self.cursor else ()
        return {
            "sort": backwards(self.order) if self.back else list(self.order),
            "size": self.limit + 1,
            **({"search_after": list(after)} if after else {}),
        }

    def following(self, after: Sequence[Any], before: int) -> str:
        """The token of the page after a position."""
        return self._token(False, after, before)

    def previous(self, after: Sequence[Any], before: int) -> str:
        """The token of the page before a position; ``after`` empty: before the end of the results."""
        return self._token(True, after, before)

    def _token(self, back: bool, after: Sequence[Any], before: int) -> str:
        values = tuple(after[: len(self.order)])  # a snapshot adds a value of its own
        return Cursor(self.search, back, values, before, self.weights, self.snapshot).token()


@dataclass(frozen=True, slots=True)
class PageTurns:
    """The number of a page's first result among all, from 1, and the tokens of the pages next to it."""

    first: int
    next: str | msgspec.UnsetType
    previous: str | msgspec.UnsetType


@dataclass(frozen=True, slots=True)
class ResultPage:
    """The hits of a page in their order, the total number of matches, and where the pages next to it begin."""

    hits: Sequence[Mapping[str, Any]]
    total: int
    turns: PageTurns


async def read_page(indices: Indices, alias: str, query: Json, wanted: PageRequest) -> ResultPage:
    """Search for a page. Before the first results comes the first page, whole.

    Raises:
        TransientError, UsageError, SnapshotLostError: see ``Indices.search``.
    """
    body = {"query": query, "track_total_hits": True, **wanted.body()}
    answer = await indices.search(alias, body, wanted.snapshot)
    hits, total = answer["hits"]["hits"], answer["hits"]["total"]["value"]
    more = len(hits) > wanted.limit
    if wanted.back and not more:
        return await read_page(indices, alias, query, replace(wanted, cursor=None))
    shown = hits[: wanted.limit]
    if wanted.back:
        shown.reverse()
    ends = (shown[0]["sort"], shown[-1]["sort"]) if shown else ((), ())
    return ResultPage(shown, total, turned(wanted, ends, len(shown), more=more, total=total))


def turned(
    wanted: PageRequest,
    ends: tuple[Sequence[Any], Sequence[Any]],
    size: int,
    *,
    more: bool,
    total: int | None = None,
) -> PageTurns:
    """The turns of a page of ``size`` results, whose first and last one have the sort values ``ends``.

    ``more``: whether there are results beyond it, in the page's direction; ``total``: the number of all, if known.
    Results that came or went since the first page shift numbers; those of the last page are right again.
    """
    cursor = wanted.cursor
    if cursor is None:
        return PageTurns(
            1, wanted.following(ends[1], size) if more else msgspec.UNSET, msgspec.UNSET
        )
    if cursor.back:
        before = max(cursor.before - size, 1)
        more = bool(cursor.after)
    else:
        before = cursor.before if more or total is None else max(total - size, 0)
    return PageTurns(
        before + 1,
        wanted.following(ends[1], before + size) if more else msgspec.UNSET,
        wanted.previous(ends[0], before),
    )
