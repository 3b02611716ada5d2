"""Near titles are looked for only where that costs little."""

from __future__ import annotations

import pytest

from movietag.search.client import make_client
from movietag.search.indices import Indices
from movietag.search.near import MOST_WORDS, forgiving
from movietag.search.query import Node
from movietag.search.query.nodes import TitleWords, either
from movietag.settings import Settings


@pytest.mark.parametrize("conditions", [25, MOST_WORDS // 2 + 1])
async def test_many_conditions_on_titles_are_not_forgiven(conditions: int) -> None:
    """The slips of 25 titles of eight words are more clauses than Elasticsearch allows: it was an internal error."""
    query = either(*(TitleWords(f"matrx {number}") for number in range(conditions)))
    searched: list[Node] = []

    async def search(where: Node) -> int:
        searched.append(where)
        return 0

    async with make_client(Settings(elasticsearch="http://127.0.0.1:9")) as es:
        found = await forgiving(Indices(es, "none"), query, search, int)
    assert (searched, found.near) == ([query], ())
