"""Lists of titles as people have them: a title a line, JSON lines, or a table with a heading. Pure.

Columns are known by the names that MovieLens, IMDb, TMDB and Letterboxd give them; others are named by the caller.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from movietag.errors import UsageError
from movietag.rules.title_fields import NAMES, NOT_GIVEN

COLUMNS: Final[Mapping[str, str]] = {
    "title": "title",
    "primarytitle": "title",
    "name": "title",
    "year": "year",
    "startyear": "year",
    "releaseyear": "year",
    "releasedate": "year",
    "imdb": "imdb",
    "imdbid": "imdb",
    "tconst": "imdb",
    "const": "imdb",
    "tmdb": "tmdb",
    "tmdbid": "tmdb",
    "genres": "genres",
}
"""Names of columns, in small letters and without signs -> our fields; of two for one field the first of the table counts."""


@dataclass(frozen=True, slots=True)
class ListedTitle:
    """A title of a list: the number of its line, from 1 (0: of none), the line that `movietag add` takes, its files."""

    number: int
    text: str
    files: tuple[str, ...] = ()


def read_list(text: str, columns: Mapping[str, str] | None = None) -> list[ListedTitle]:
    """The titles of a list.

    Args:
        text: of the file.
        columns: names of columns and which of our fields each is; if there are any, the text is a table, and no other
            columns are read.

    Raises:
        UsageError: a named column is missing, or a row of the table does not end.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return []
    between = _delimiter(lines[first])
    heading = next(csv.reader([lines[first]], delimiter=between), [])
    fields = _fields(heading, columns or {})
    if columns or _is_heading(fields):
        return list(_rows(lines[first + 1 :], first + 2, fields, between))
    plain = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return [ListedTitle(number, line) for number, line in plain if line]


def _delimiter(heading: str) -> str:
    return max("\t;,", key=lambda sign: (heading.count(sign), sign == ","))


def _fields(heading: Sequence[str], columns: Mapping[str, str]) -> dict[int, str]:
    """Numbers of columns, and the field of each."""
    names = [name.strip() for name in heading]
    if missing := [name for name in columns if name not in names]:
        raise UsageError(
            f"The list has no column {missing[0]!r}; its first line names {', '.join(map(repr, names[:20]))}."
        )
    if columns:
        return {names.index(theirs): ours for theirs, ours in columns.items()}
    found: dict[int, str] = {}
    for number, name in enumerate(names):
        ours = COLUMNS.get(re.sub(r"[\W_]", "", name.casefold()))
        if ours and ours not in found.values():
            found[number] = ours
    return found


def _is_heading(fields: Mapping[int, str]) -> bool:
    """Whether a first line is the heading of a table: it names a title and something else."""
    return "title" in fields.values() and len(fields) > 1


def _rows(
    lines: Sequence[str], start: int, fields: Mapping[int, str], between: str
) -> Iterator[ListedTitle]:
    reader = csv.reader(
        lines,
        delimiter=between,
        quoting=csv.QUOTE_NONE
        if between == "\t"
        else csv.QUOTE_MINIMAL,  # as IMDb writes its files
    )
    number = start
    try:
        for cells in reader:
            row = {
                field: cells[column].strip()
                for column, field in fields.items()
                if column < len(cells) and cells[column].strip() not in NOT_GIVEN
            }
            if row:
                yield ListedTitle(number, msgspec.json.encode(row).decode())
            number = start + reader.line_num
    except csv.Error as error:
        raise UsageError(f"Line {number} of the list cannot be read: {error}.") from None


def column_names(given: Sequence[str]) -> dict[str, str]:
    """The columns of options such as ``id=tmdb``.

    Raises:
        UsageError: one names no field.
    """
    named: dict[str, str] = {}
    for pair in given:
        theirs, sign, ours = (part.strip() for part in pair.rpartition("="))
        if not sign or not theirs or ours not in NAMES:
            raise UsageError(
                f"--column {pair!r} is not NAME=FIELD, with one of {', '.join(NAMES)}; e.g. --column id=tmdb."
            )
        named[theirs] = ours
    return named
