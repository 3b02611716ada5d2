"""A table of pictures and their tags that people have made, however their program has written it.

Separated by commas, semicolons, tabs or bars; the columns in any order, under their usual names, in any case; the tags
of a picture as one cell (quoted, or a list in brackets) or as the last cells of a line. UTF-8, or UTF-16 with its mark.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.errors import UsageError

SEPARATORS: Final = (",", ";", "\t", "|")
FILE_COLUMNS: Final = ("file_name", "filename", "file", "image", "picture", "path")
TAG_COLUMNS: Final = ("tags", "tag", "labels", "label", "keywords")
FORM: Final = "It needs the columns file_name and tags; the tags of a picture are joined by commas."
QUOTES: Final = "\"'"


@dataclass(frozen=True, slots=True)
class TaggedFile:
    """A line: the name of a file and its tags, both as written."""

    line: int
    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagTable:
    """A table of tags that was read to its end: its lines, and what is wrong (line, text)."""

    path: Path
    rows: tuple[TaggedFile, ...]
    problems: tuple[tuple[int, str], ...]


def read_tag_table(path: Path) -> TagTable:
    """Read a table; lines that cannot be understood are among its problems.

    Raises:
        UsageError: it is not text, or has not both columns.
    """
    lines = list(io.StringIO(_text(path), newline=""))
    separator, header = _header(path, lines[0] if lines else "")
    at_file = next(number for number, name in enumerate(header) if name in FILE_COLUMNS)
    at_tags = next(number for number, name in enumerate(header) if name in TAG_COLUMNS)
    rows: list[TaggedFile] = []
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
        cells = row[at_tags:] if last else [row[at_tags]]
        tags = tuple(tag for cell in cells for tag in split_tags(cell))
        rows.append(TaggedFile(line, row[at_file].strip(), tags))
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


def _header(path: Path, line: str) -> tuple[str, Sequence[str]]:
    """The separator and the names of the columns, in lower case."""
    for separator in SEPARATORS:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        names = [cell.strip().lower() for cell in cells]
        if len(names) > 1 and _has(names, FILE_COLUMNS) and _has(names, TAG_COLUMNS):
            return separator, names
    shown = line.strip()[:200] or "an empty line"
    raise UsageError(f"{path}, line 1: no columns file_name and tags in {shown!r}. {FORM}")


def _has(names: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(name in wanted for name in names)
