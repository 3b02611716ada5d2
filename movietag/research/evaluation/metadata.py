"""The movies of Tag Genome 2021: one JSON object per line."""

from __future__ import annotations

from pathlib import Path

import msgspec

from movietag.errors import UsageError
from movietag.research.evaluation.naming import imdb_id
from movietag.research.evaluation.tables import NamedMovie
from movietag.search.naming import split_year


class _Line(msgspec.Struct, frozen=True):
    item_id: int
    title: str
    imdb: str = msgspec.field(default="", name="imdbId")


def read_metadata(path: Path) -> dict[str, NamedMovie]:
    """The movies by their id.

    Raises:
        UsageError: the file cannot be read, or a line is invalid.
    """
    decoder = msgspec.json.Decoder(_Line)
    movies: dict[str, NamedMovie] = {}
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    entry = decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise UsageError(
                        f"{path}, line {number}: {error}. Expected an object with item_id, title and"
                        " imdbId a line; if it is the last line, the file was cut off."
                    ) from None
                title, year = split_year(entry.title)
                movie_id = str(entry.item_id)
                movies[movie_id] = NamedMovie(movie_id, title, year, imdb_id(entry.imdb))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    return movies
