"""The tags of an earlier captioning pass, for prompts of a second pass that name them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from movietag.errors import UsageError
from movietag.records.bounds import Name

MOST_FOUND: Final = 20  # tags; they are sent with every frame, and cost tokens


class _Found(msgspec.Struct, frozen=True):
    movie_id: str
    tags: dict[Name, msgspec.Raw]


class _Run(msgspec.Struct, frozen=True):
    movies: tuple[_Found, ...]


def most_frequent(tags: Mapping[str, object]) -> tuple[str, ...]:
    """The first of a movie's tags, which are ordered by falling ratio."""
    return tuple(tags)[:MOST_FOUND]


def read_first(path: Path) -> dict[str, tuple[str, ...]]:
    """Movie id -> the most frequent tags of a run or an export.

    Raises:
        UsageError: the file is unreadable or of another format.
    """
    try:
        run = msgspec.json.decode(path.read_bytes(), type=_Run)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is not a run ({error}). `movietag recaption --out` and `movietag export` write runs."
        ) from None
    return {movie.movie_id: most_frequent(movie.tags) for movie in run.movies}
