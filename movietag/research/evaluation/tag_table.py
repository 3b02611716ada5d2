"""A table of things and their tags that people have made, however their program has written it.

Separated by commas, semicolons, tabs or bars; the columns in any order, under their usual names, in any case; the tags
of a line as one cell (quoted, or a list in brackets) or as its last cells. UTF-8, or UTF-16 with its mark.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.errors import UsageError

SEPARATORS: Final = (",", ";", "\t", "|")
TAG_COLUMNS: Final = ("tags", "tag", "labels", "label", "keywords")
QUOTES: Final = "\"'"


Columns = Mapping[str, Sequence[str]]
"""Column -> the names that its header may have, in lower case."""


@dataclass(frozen=True, slots=True)
class TaggedLine:
    """A line: its cells by column, blank where the table lacks the column, and its tags, all as written."""

    line: int
    cells: Mapping[str, str]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagTable:
    """A table of tags that was read to its end: its lines, and what is wrong (line, text)."""

    path: Path
    rows: tuple[TaggedLine, ...]
    problems: tuple[tuple[int, str], ...]


def read_tag_table(path: Path, columns: Columns, form: str) -> TagTable:
    """Read a table; lines that cannot be understood are among its problems.

    Args:
        path: the table.
        columns: besides the tags; at least one must be there.
        form: what a table needs, for the error.

    Raises:
        UsageError: it is not text, or lacks the columns.
    """
    lines = list(io.StringIO(_text(path), newline=""))
    separator, header = _header(path, lines[0] if lines else "", columns, form)
    at_tags = next(number for number, name in enumerate(header) if name in TAG_COLUMNS)
    places = {column: _first(header, names) for column, names in columns.items()}
    rows: list[TaggedLine] = []
    problems: list[tuple[int, str]] = []
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    next(reader)
    for line, row in _numbered(reader, problems):
        if not any(cell.strip() for cell in row):
            continue
        last = at_tags == len(header) - 1
        if len(row) < len(header) or (len(row) > len(header) and not last):
            problems.append((line, f"{len(row)} cells, but the header has {len(header)}"))
            continue
        tagged = row[at_tags:] if last else [row[at_tags]]
        tags = tuple(tag for cell in tagged for tag in split_tags(cell))
        cells = {key: "" if at is None else row[at].strip() for key, at in places.items()}
        rows.append(TaggedLine(line, cells, tags))
    return TagTable(path, tuple(rows), tuple(problems))


def split_tags(cell: str) -> Iterator[str]:
    """The tags of a cell: joined by commas, each perhaps in quotes, all perhaps in brackets."""
    text = cell.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            listed = json.loads(text)
        except ValueError:  # of another language: ['mug', 'red']
            listed = text[1:-1].split(",")
        yield from (_bare(str(one)) for one in listed if _bare(str(one)))
        return
    yield from (_bare(part) for part in text.split(",") if _bare(part))


def _bare(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in QUOTES:
        text = text[1:-1].strip()
    return text


def _numbered(
    reader: Iterator[list[str]], problems: list[tuple[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """The rows with their lines, up to where the text is no table any more."""
    number = getattr(reader, "line_num", 0)
    try:
        for row in reader:
            first, number = number + 1, getattr(reader, "line_num", 0)
            yield first, row
    except csv.Error as error:
        problems.append((number + 1, f"not CSV from here on ({error}): is a quote not closed?"))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8. Save it as UTF-8 (in"
            " Excel: CSV UTF-8)."
        ) from None


def _header(path: Path, line: str, columns: Columns, form: str) -> tuple[str, Sequence[str]]:
    """The separator and the names of the columns, in lower case."""
    for separator in SEPARATORS:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        names = [cell.strip().lower() for cell in cells]
        keys = [key for key, known in columns.items() if _first(names, known) is not None]
        if len(names) > 1 and keys and _first(names, TAG_COLUMNS) is not None:
            return separator, names
    shown = line.strip()[:200] or "an empty line"
    raise UsageError(
        f"{path}, line 1: no columns {next(iter(columns))} and tags in {shown!r}. {form}"
    )


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((number for number, name in enumerate(names) if name in wanted), None)
