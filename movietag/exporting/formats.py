"""The formats of an exported table: CSV, JSON lines, Parquet; each written in parts, with one part in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Generic, Literal, Protocol, TypeVar

import msgspec

from movietag.errors import UsageError
from movietag.exporting.tables import Columns, cells, json_row

R = TypeVar("R")

TableFormat = Literal["csv", "jsonl", "parquet"]
MEDIA_TYPES: Final[dict[TableFormat, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}
SUFFIXES: Final[dict[str, TableFormat]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
PART_ROWS: Final = 1000  # records in memory; of Parquet, those of a row group


class RowWriter(Protocol[R]):
    """Turns records into the bytes of a table."""

    def rows(self, records: list[R]) -> bytes:
        """The bytes of some records, after those before them."""

    def end(self) -> bytes:
        """What follows the last record, and what precedes the first one if there was none."""


def table_format(path: Path) -> TableFormat:
    """The format that a file's name says: CSV if none."""
    return SUFFIXES.get(path.suffix.lower(), "csv")


def has_parquet() -> bool:
    """Whether the library that writes Parquet is installed."""
    return find_spec("pyarrow") is not None


async def written_table(
    records: AsyncIterator[R], columns: Columns[R], form: TableFormat
) -> AsyncGenerator[bytes, None]:
    """The table of records, in parts of ``PART_ROWS`` rows.

    Raises:
        UsageError: the format needs a library that is not installed.
    """
    writer = _writer(form)(columns)
    part: list[R] = []
    async for record in records:
        part.append(record)
        if len(part) == PART_ROWS:
            yield writer.rows(part)
            part = []
    yield (writer.rows(part) if part else b"") + writer.end()


class CsvWriter(Generic[R]):
    """CSV by RFC 4180: UTF-8, commas, quotes doubled, CR LF; the first row has the names of the columns."""

    def __init__(self, columns: Columns[R]) -> None:
        self._columns = columns
        self._text = io.StringIO()
        self._rows = csv.writer(self._text)
        self._rows.writerow([column.name for column in columns])

    def rows(self, records: list[R]) -> bytes:
        """See ``RowWriter``."""
        self._rows.writerows(cells(record, self._columns) for record in records)
        return self.end()

    def end(self) -> bytes:
        """See ``RowWriter``."""
        written = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        return written


class JsonlWriter(Generic[R]):
    """JSON lines: an object a row, UTF-8, LF."""

    def __init__(self, columns: Columns[R]) -> None:
        self._columns = columns

    def rows(self, records: list[R]) -> bytes:
        """See ``RowWriter``."""
        encode = msgspec.json.encode
        return b"".join(encode(json_row(record, self._columns)) + b"\n" for record in records)

    def end(self) -> bytes:
        """See ``RowWriter``."""
        return b""


def _writer(form: TableFormat) -> Callable[[Columns[R]], RowWriter[R]]:
    if form == "csv":
        return CsvWriter
    if form == "jsonl":
        return JsonlWriter
    if not has_parquet():
        raise UsageError("Parquet needs pyarrow: pip install 'movietag[parquet]'.")
    from movietag.exporting.parquet import ParquetWriter  # noqa: PLC0415  # an extra, and large

    return ParquetWriter
