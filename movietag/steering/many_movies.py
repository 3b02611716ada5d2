"""Which lists of titles would forget, or tag again, so much of the library that a person is to say so."""

from __future__ import annotations

from collections.abc import Sequence

from movietag.documents import MOVIES
from movietag.recount.deleting import is_many
from movietag.rules.titles import parse_title
from movietag.search.reader import reader
from movietag.settings import Settings


async def done_to_many(settings: Settings, values: Sequence[bytes]) -> str:
    """What the messages would do to more than a few percent of all movies, in words; empty: nothing of it.

    Raises:
        TransientError: they are not few, and Elasticsearch is unreachable.
    """
    titles = [parse_title(value) for value in values]
    wanted = {
        "forgets": {title.movie_id for title in titles if title.forget},
        "searches and tags again": {title.movie_id for title in titles if title.refresh},
    }
    most = max(map(len, wanted.values()))
    if not is_many(most, 0):  # too few for any library
        return ""
    async with reader(settings) as library:
        total = await library.indices.count(MOVIES, {"match_all": {}})
    if not is_many(most, total):
        return ""
    what = " and ".join(f"{does} {len(ids):,}" for does, ids in wanted.items() if ids)
    return f"This {what} of {total:,} movies."
