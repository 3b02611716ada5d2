"""Reading third-party tables: each error names the file, the line, and the remedy."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from movietag.errors import UsageError

MOST_CELL = 16 << 20  # characters; MPST's longest synopses exceed the csv module's own limit
TELL_EVERY = 50_000  # rows
OTHER_DELIMITERS = (";", "\t", "|")

Progress = Callable[[int, int], None]
"""Receives the progress of a long read: bytes read, bytes in total."""


def ignore_progress(_done: int, _total: int) -> None:
    """A ``Progress`` that does nothing."""


@dataclass
class Table:
    """An open CSV file: ``rows`` yields the cells after the header, ``places`` are the indices of columns."""

    path: Path
    places: tuple[int, ...]
    _width: int
    _reader: Any
    _raw: BinaryIO
    _size: int
    _progress: Progress

    def rows(self) -> Iterator[list[str]]:
        """All rows, with as many cells as the header.

        Raises:
            UsageError: a row is too short or too long, or the content is not CSV or not UTF-8.
        """
        width = self._width
        try:
            for number, row in enumerate(self._reader, 1):
                if len(row) != width:
                    if not row:
                        continue
                    self.fail(
                        f"{len(row)} cells, but the header has {width}",
                        "If it is the last line, the file was cut off: get it again.",
                    )
                if not number % TELL_EVERY:
                    self._progress(self._raw.tell(), self._size)
                yield row
        except csv.Error as error:
            self.fail(
                f"not CSV ({error})", "Was it cut off, or is a quote not closed? Get it again."
            )
        self._progress(self._size, self._size)

    def fail(self, what: str, remedy: str) -> NoReturn:
        """Raise an error about the line read last."""
        raise UsageError(f"{self.path}, line {self._reader.line_num}: {what}. {remedy}")

    def number(self, text: str, column: str, least: float, most: float) -> float:
        """A cell as a number within bounds; NaN is never accepted."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            self.fail(
                f"{column} is {text[:40]!r}",
                f"It must be a number from {least:g} to {most:g}: correct the file, or get it again.",
            )
        return value

    def whole(self, text: str, column: str) -> int:
        """A cell as an integer, 0 or more."""
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            self.fail(f"{column} is {text[:40]!r}", "It must be a whole number, 0 or more.")
        return int(text)


@contextmanager
def opened(
    path: Path, wanted: Sequence[str], progress: Progress = ignore_progress, *, get_it: str
) -> Iterator[Table]:
    """Open a comma-separated file with a header; a byte order mark is fine.

    Args:
        path: the file.
        wanted: required columns, in any order, in any case.
        progress: receives the bytes read.
        get_it: the remedy if it is not the right file.

    Raises:
        UsageError: no such file, not UTF-8, another delimiter, a missing column.
    """
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            csv.field_size_limit(MOST_CELL)
            reader = csv.reader(text, strict=True)
            header = _header(path, reader, wanted, get_it)
            places = tuple(header[column.lower()] for column in wanted)
            size = path.stat().st_size
            yield Table(path, places, len(header), reader, raw, size, progress)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}, line {_undecodable(path)}: not UTF-8"
            f" ({error.reason}). Save it as UTF-8, or get it again: {get_it}"
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}. {get_it}") from None


def _header(path: Path, reader: Any, wanted: Sequence[str], get_it: str) -> Mapping[str, int]:
    try:
        cells: list[str] = next(reader, [])
    except csv.Error as error:
        raise UsageError(f"{path}, line 1: not CSV ({error}). {get_it}") from None
    header = {cell.strip().lower(): column for column, cell in enumerate(cells)}
    if len(header) < len(cells):
        raise UsageError(f"{path}, line 1: a column is listed twice in {','.join(cells)}. {get_it}")
    missing = [column for column in wanted if column.lower() not in header]
    if not missing:
        return header
    if len(cells) == 1:
        for delimiter in OTHER_DELIMITERS:
            if delimiter in cells[0]:
                raise UsageError(
                    f"{path}, line 1: the cells are separated by {delimiter!r}. Save it with commas."
                )
    line = ",".join(cells)[:200] or "an empty line"
    raise UsageError(f"{path}, line 1: no column {', '.join(missing)} in {line!r}. {get_it}")


def _undecodable(path: Path) -> int:
    """The first line of a file that is not UTF-8."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1
