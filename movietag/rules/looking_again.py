"""Which movies are looked for again after some days, since they are short of videos. Pure.

Each movie has its day in a round of so many days, by a hash of its id: so each day has an equal share of them, whatever
the clock does, and whoever starts when.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from movietag.records import MovieId, Settled
from movietag.rules.generations import alive, is_short
from movietag.rules.history import History
from movietag.rules.movie_ids import catalogue_of

DAY_MS: Final = 86_400_000


def is_day_of(movie_id: MovieId, now_ms: int, days: int) -> bool:
    """Whether today (UTC) is a movie's day in the round of ``days``."""
    digest = hashlib.sha256(movie_id.encode()).digest()
    return (int.from_bytes(digest[:4], "big") + now_ms // DAY_MS) % days == 0


def title_again(history: History, now_ms: int, days: int) -> bytes | None:
    """The title that has a movie looked for again; None if it is not to be.

    It is, if it has fewer videos than it wants, was searched for by its title, nothing of it is in work, and nothing has
    happened to it for half of ``days``.
    """
    current, latest = history.current, history.latest
    if current is None or latest is None or current.forgotten or current.sources:
        return None
    short = is_short(current) or not alive(current) or history.without_images(current)
    ended = any(
        isinstance(item.fact, Settled) and item.fact.generation == latest.generation
        for item in history.placed
    )
    newest_ms = max(item.at_ms for item in history.placed)
    if not (short and ended) or now_ms - newest_ms < days * DAY_MS // 2:
        return None
    tmdb = current.movie_id.removeprefix("tmdb-") if _of_tmdb(current.movie_id) else None
    fields = {
        "title": current.title,
        "year": current.year,
        "movie_id": current.movie_id,
        "tmdb": tmdb,
        "genres": current.genres,
    }
    return msgspec.json.encode({name: value for name, value in fields.items() if value})


def _of_tmdb(movie_id: MovieId) -> bool:
    return catalogue_of(movie_id) == "tmdb"
