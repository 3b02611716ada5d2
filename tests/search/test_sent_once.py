"""Within a request the same search for no hits is sent once; other searches, and those of other requests, always."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from movietag.search.indices import Indices
from movietag.search.sent_once import one_request


class CountedSearches(Indices):
    """Answers each search with how many were sent so far."""

    def __init__(self) -> None:
        self.vocabulary_id = "v"
        self.sent = 0

    async def _send(
        self, alias: str, body: Mapping[str, Any], snapshot: str, only: str | None
    ) -> Any:
        self.sent += 1
        return {"number": self.sent}


COUNT = {"query": {"term": {"images": 0}}, "size": 0}


async def numbers(
    indices: CountedSearches, *searches: tuple[str, dict[str, Any], str]
) -> list[Any]:
    return [(await indices.search(*one))["number"] for one in searches]


def test_in_a_request() -> None:
    indices = CountedSearches()
    with one_request():
        assert asyncio.run(numbers(indices, *[("movies", COUNT, "")] * 3)) == [1, 1, 1]
    with one_request():
        assert asyncio.run(numbers(indices, ("movies", COUNT, ""))) == [2]


def test_outside_of_a_request() -> None:
    assert asyncio.run(numbers(CountedSearches(), *[("movies", COUNT, "")] * 2)) == [1, 2]


def test_what_differs_is_sent() -> None:
    with_hits = {**COUNT, "size": 1}
    with one_request():
        found = asyncio.run(
            numbers(
                CountedSearches(),
                ("movies", COUNT, ""),
                ("frames", COUNT, ""),
                ("movies", {**COUNT, "track_total_hits": True}, ""),
                ("movies", COUNT, "snapshot"),
                ("movies", COUNT, "snapshot"),
                ("movies", with_hits, ""),
                ("movies", with_hits, ""),
            )
        )
    assert found == [1, 2, 3, 4, 5, 6, 7]


def test_tasks_of_a_request_share_its_answers() -> None:
    indices = CountedSearches()

    async def run() -> list[Any]:
        with one_request():
            await numbers(indices, ("movies", COUNT, ""))
            both = [numbers(indices, ("movies", COUNT, "")) for _ in range(2)]
            return list(await asyncio.gather(*both))

    assert asyncio.run(run()) == [[1], [1]]
