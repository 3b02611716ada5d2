"""A reference of one's own: a table of titles or ids with their tags, over any vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from movietag.errors import UsageError
from movietag.research.evaluation.naming import imdb_id
from movietag.research.evaluation.tables import NamedMovie, Reference
from movietag.research.evaluation.tag_mistakes import TagMistakes
from movietag.research.evaluation.tag_table import TaggedLine, read_tag_table
from movietag.rules.reading import NotRead, read_title
from movietag.vocabulary import Vocabulary
from movietag.vocabulary.spelling import Speller

JSON_LINES: Final = (".jsonl", ".ndjson", ".json")
COLUMNS: Final = {
    "title": ("title", "name", "movie", "product"),
    "movie_id": ("movie_id", "id", "imdb_id", "imdb"),
    "year": ("year",),
}
FORM: Final = (
    "A reference has the columns title or movie_id, tags joined by commas, and year if it is known; or is JSON"
    ' lines like {"title": "Heat", "year": 1995, "tags": ["crime"]}.'
)


class _JsonLine(msgspec.Struct, frozen=True):
    tags: list[str]
    title: str = ""
    movie_id: str = ""
    imdb: str = ""
    year: int | None = None


def read_own_reference(path: Path, vocabulary: Vocabulary) -> Reference:
    """The tags of each title, 1 or 0: a tag that a line does not name is not true of it.

    Raises:
        UsageError: it is not such a table, or has mistakes, all of which are reported.
    """
    mistakes = TagMistakes(Speller(vocabulary))
    movies: dict[tuple[str, int | None], NamedMovie] = {}
    first: dict[tuple[str, int | None], int] = {}
    seen: list[tuple[str, ...]] = []
    for row in _rows(path, mistakes):
        tags = mistakes.tags(path.name, row.line, row.tags)
        movie = _movie(row, path.name, mistakes)
        if movie is None:
            continue
        key = (movie.movie_id or movie.title, movie.year)
        if key in movies:
            mistakes.add(
                path.name, row.line, f"{key[0]!r} is also in line {first[key]}: keep one of them"
            )
            continue
        movies[key], first[key] = movie, row.line
        seen.append(tags)
    if mistakes:
        mistakes.fail(str(path), FORM)
    if not movies:
        raise UsageError(f"{path}: no title. {FORM}")
    relevance = np.array([[float(tag in tags) for tag in vocabulary.tags] for tags in seen])
    return Reference("own", path.name, tuple(movies.values()), vocabulary.tags, relevance)


def _movie(row: TaggedLine, table: str, mistakes: TagMistakes) -> NamedMovie | None:
    written, year = row.cells["movie_id"], row.cells["year"]
    if year and not (year.isascii() and year.isdecimal() and len(year) == 4):
        mistakes.add(table, row.line, f"year is {year[:20]!r}: write four digits, or none")
        return None
    try:
        read = read_title(row.cells["title"], int(year) if year else None)
    except NotRead as error:
        mistakes.add(table, row.line, f"{row.cells['title'][:60]!r} is no title: {error}")
        return None
    if not (read.title or written):
        mistakes.add(table, row.line, "title and movie_id are blank")
        return None
    known = imdb_id(written) if written.lower().startswith("tt") else ""
    return NamedMovie(written, read.title, read.year, read.imdb or known)


def _rows(path: Path, mistakes: TagMistakes) -> Iterator[TaggedLine]:
    if path.suffix.lower() in JSON_LINES:
        yield from _json_rows(path, mistakes)
        return
    table = read_tag_table(path, COLUMNS, FORM)
    for line, problem in table.problems:
        mistakes.add(path.name, line, problem)
    yield from table.rows


def _json_rows(path: Path, mistakes: TagMistakes) -> Iterator[TaggedLine]:
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            line = msgspec.json.decode(text, type=_JsonLine)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            mistakes.add(path.name, number, f"{error}")
            continue
        cells = {
            "title": line.title,
            "movie_id": line.movie_id or line.imdb,
            "year": str(line.year or ""),
        }
        yield TaggedLine(number, cells, tuple(line.tags))
