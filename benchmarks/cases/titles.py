"""Lines as lists, folders and pages give them: title, year, ids, and a line that must give the same movie.

``title``: what is kept and shown; ``*`` is not checked, ``!refused`` wants an error that says what to write, or
the line understood as the id that it is. ``ids``: ``imdb:tt0113277``, ``tmdb:949``, with commas, semicolons or blanks between them.
``same-as``: that line must give the same movie; where the line holds an id, equal title and year are enough.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from benchmarks.cases import Outcome, TableError
from movietag.errors import PermanentError
from movietag.records import Title
from movietag.rules.reading.text import normal_title
from movietag.rules.titles import parse_title

COLUMNS: Final = ("line", "title", "year", "ids", "same-as")
_BETWEEN: Final = re.compile(r"[\s,;|+]+")
REFUSED: Final = "!refused"


def check(row: Mapping[str, str]) -> Outcome:
    """Parse the line, and compare what the row names."""
    try:
        title = parse_title(row["line"].encode())
    except PermanentError as error:
        return Outcome(row["title"] == REFUSED and "Send" in error.reason, error.reason)
    ids = _ids(title)
    came = f"title {title.title!r}, year {title.year}, ids {' '.join(sorted(ids))}, movie {title.movie_id}"
    if row["title"] == REFUSED:
        return Outcome(bool(ids), came)
    right = (
        row["title"] in {"*", title.title}
        and row["year"] in {"*", str(title.year or "")}
        and (row["ids"] == "*" or set(filter(None, _BETWEEN.split(row["ids"]))) == ids)
    )
    if not row["same-as"]:
        return Outcome(right, came)
    try:
        other = parse_title(row["same-as"].encode())
    except PermanentError as error:
        raise TableError(
            f"The line {row['same-as']!r} of same-as is refused: {error.reason}"
        ) from None
    return Outcome(right and _same(title, other), f"{came}; the other movie {other.movie_id}")


def _ids(title: Title) -> set[str]:
    given = {name: getattr(title, name, None) for name in ("imdb", "tmdb")}
    return {f"{name}:{value}" for name, value in given.items() if value}


def _same(one: Title, other: Title) -> bool:
    """One movie: one id, or where one holds an id of a catalogue, one title and year."""
    if _ids(one) or _ids(other):
        return (normal_title(one.title), one.year) == (normal_title(other.title), other.year)
    return one.movie_id == other.movie_id
