"""What an earlier pass found in movies, for prompts that ask a second one by it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from movietag.errors import UsageError
from movietag.records.bounds import Name

MOST_FOUND: Final = 20  # tags; they travel with every frame, and are paid for in tokens


class _Found(msgspec.Struct, frozen=True):
    movie_id: str
    tags: dict[Name, msgspec.Raw]


class _Run(msgspec.Struct, frozen=True):
    movies: tuple[_Found, ...]


def most_frequent(tags: Mapping[str, object]) -> tuple[str, ...]:
    """The first of a movie's tags, which stand by falling ratio."""
    return tuple(tags)[:MOST_FOUND]


def read_first(path: Path) -> dict[str, tuple[str, ...]]:
    """Movie id -> the most frequent tags of a run or an export.

    Raises:
        UsageError: it is no such file.
    """
    try:
        run = msgspec.json.decode(path.read_bytes(), type=_Run)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path}: no run ({error}). `movietag recaption --out` and `movietag export` write one."
        ) from None
    return {movie.movie_id: most_frequent(movie.tags) for movie in run.movies}
