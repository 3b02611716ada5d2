"""Movies without images: a search leaves them out where it asks what they do not show, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import msgspec

from movietag.documents import MOVIES, Json
from movietag.search.indices import Indices
from movietag.search.query import Node, render
from movietag.search.query.elastic import UNCOUNTED, Target
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.unknown import with_unknown
from movietag.search.results import LeftOut


@dataclass(frozen=True, slots=True)
class Uncounted:
    """The movies without images that only a query's negative conditions leave out.

    ``asked``: the query that matches them, too; ``clause``: they alone.
    """

    asked: Node
    clause: Json

    @classmethod
    def of(cls, query: NormalQuery, target: Target) -> Self | None:
        """Those of a query; None if it has no negative condition, or is one for frames."""
        asked = with_unknown(query.node)
        if asked == query.node or target.kind == "frames":
            return None
        only = {
            "filter": [target.clause(asked), UNCOUNTED],
            "must_not": [target.clause(query.node)],
        }
        return cls(asked, {"bool": only})

    async def count(self, indices: Indices) -> LeftOut | msgspec.UnsetType:
        """How many there are, for the field ``left_out`` of an answer; it is left out if there are none.

        Raises:
            TransientError: see ``Indices``.
        """
        number = await indices.count(MOVIES, self.clause)
        return LeftOut(number, render(self.asked)) if number else msgspec.UNSET


async def count_failed(indices: Indices) -> int:
    """How many movies have failed without an image: nothing is known of their tags.

    Raises:
        TransientError: see ``Indices``.
    """
    return await indices.count(
        MOVIES, {"bool": {"filter": [{"term": {"status": "failed"}}, UNCOUNTED]}}
    )
