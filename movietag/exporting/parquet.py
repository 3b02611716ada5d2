"""Parquet, written as a stream: a row group a part, the footer last."""

from __future__ import annotations

import io
from typing import Final, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from movietag.exporting.tables import ColumnKind, Columns

R = TypeVar("R")

_TYPES: Final[dict[ColumnKind, pa.DataType]] = {
    "text": pa.string(),
    "whole": pa.int64(),
    "real": pa.float64(),
    "instant": pa.timestamp("ms", tz="UTC"),
    "counts": pa.list_(
        pa.struct(
            [
                ("tag", pa.string()),
                ("count", pa.int64()),
                ("ratio", pa.float64()),
                ("lift", pa.float64()),
            ]
        )
    ),
    "frames": pa.list_(pa.struct([("tag", pa.string()), ("frames", pa.int64())])),
}


class _Sink(io.RawIOBase):
    """Collects what is written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        part = bytes(memoryview(data))  # type: ignore[arg-type]  # of Arrow: a buffer
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        """What was written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class ParquetWriter(Generic[R]):
    """Parquet with Zstandard; see ``RowWriter``."""

    def __init__(self, columns: Columns[R]) -> None:
        self._columns = columns
        self._schema = pa.schema([(column.name, _TYPES[column.kind]) for column in columns])
        self._sink = _Sink()
        self._file = pq.ParquetWriter(self._sink, self._schema, compression="zstd")

    def rows(self, records: list[R]) -> bytes:
        """See ``RowWriter``."""
        arrays = [
            pa.array([column.value(record) for record in records], _TYPES[column.kind])
            for column in self._columns
        ]
        self._file.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        return self._sink.take()

    def end(self) -> bytes:
        """See ``RowWriter``."""
        self._file.close()
        return self._sink.take()
