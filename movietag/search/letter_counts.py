"""Dead letters counted by stage and error."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from movietag.documents import DEAD_LETTERS, Json, LetterBody
from movietag.search import queries
from movietag.search.queries import LetterQuery
from movietag.search.reader import Reader

MOST_GROUPS: Final = 100  # errors, and stages of each


class LetterCount(msgspec.Struct, frozen=True):
    """How many letters have an error in a stage; ``newest`` is the last of them."""

    stage: str
    error: str
    letters: int
    newest: LetterBody


class LetterCounts(msgspec.Struct, frozen=True):
    """The letters that match, and their groups, the largest first."""

    total: int
    groups: tuple[LetterCount, ...]


async def count_letters(reader: Reader, query: LetterQuery) -> LetterCounts:
    """Count the letters that match by stage and error, whatever the query's ``skip`` and ``limit``.

    Raises:
        TransientError: the server is unreachable, or has no letters yet.
    """
    answer = await reader.indices.search(DEAD_LETTERS, _body(query))
    return letter_counts(answer)


def letter_counts(answer: Any) -> LetterCounts:
    """The counts in the server's answer."""
    groups = [
        LetterCount(
            stage["key"],
            error["key"],
            stage["doc_count"],
            msgspec.convert(stage["newest"]["hits"]["hits"][0]["_source"], LetterBody),
        )
        for error in answer["aggregations"]["errors"]["buckets"]
        for stage in error["stages"]["buckets"]
    ]
    groups.sort(key=lambda one: (-one.letters, one.error, one.stage))
    return LetterCounts(answer["hits"]["total"]["value"], tuple(groups))


def _body(query: LetterQuery) -> Json:
    newest = {"top_hits": {"size": 1, "sort": [{"at_ms": "desc"}, {"letter_id": "asc"}]}}
    stages = {"terms": {"field": "stage", "size": MOST_GROUPS}, "aggs": {"newest": newest}}
    errors = {"terms": {"field": "error", "size": MOST_GROUPS}, "aggs": {"stages": stages}}
    return {**queries.letters(query), "from": 0, "size": 0, "aggs": {"errors": errors}}
