"""Near titles: one slip is forgiven where no title fits a condition, and the answer says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from movietag.documents import MOVIES
from movietag.search.indices import Indices
from movietag.search.query import Node, render
from movietag.search.query.nodes import TitleWords
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.titles import title_clause

MOST_WORDS: Final = 16
"""Words of all conditions on titles of a query that is forgiven: each has a clause for every other one's slip."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Forgiven(Generic[T]):
    """An answer, the query that it answers, and the conditions of it for which near titles stand."""

    answer: T
    query: Node
    near: tuple[str, ...] = ()


async def forgiving(
    indices: Indices,
    query: Node,
    search: Callable[[Node], Awaitable[T]],
    hits: Callable[[T], int],
) -> Forgiven[T]:
    """Search; if nothing is found, and no movie fits a `title:` of the query, search with near titles for it.

    Args:
        indices: where titles are looked up.
        query: what to search for.
        search: one search.
        hits: how much it found.

    Raises:
        TransientError: see ``Indices``; and what ``search`` raises.
    """
    answer = await search(query)
    exact = Forgiven(answer, query)
    normal = NormalQuery.of(query)
    candidates = [title for title in normal.titles if TitleWords(title.words, near=True).wanted]
    words = sum(title.wanted.words for title in candidates)
    if hits(answer) or not candidates or words > MOST_WORDS:
        return exact
    known = await asyncio.gather(
        *(indices.count(MOVIES, title_clause(title), most=1) for title in candidates)
    )
    missed = [title for title, titles in zip(candidates, known, strict=True) if not titles]
    if not missed:
        return exact
    near = normal.with_near(missed).node
    answer = await search(near)
    return Forgiven(answer, near, tuple(map(render, missed))) if hits(answer) else exact
