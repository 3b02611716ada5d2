"""The rows of a ledger, in local files: the memory of a stage does not grow with the number of movies.

Kafka has the rows. A file holds those of one partition for as long as the process owns it: it has no name, so it is
gone when the process ends, however that happens, and is filled again at the next start.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from movietag.errors import MachineError
from movietag.records import MovieId
from movietag.streams.ledger.pages import SEPARATOR
from movietag.streams.runtime.app import leave

CACHE_KIB = 1024  # of each partition; what else is read again is in the page cache of the kernel
BLOCK_BYTES = 16 << 10  # holds several sealed pages, about 2.3 KB each
BEHIND_SEPARATOR = bytes([SEPARATOR[0] + 1])  # in the order of bytes
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)

Row = tuple[bytes, bytes | None]  # key and page; None deletes it

log = logging.getLogger("movietag")


class PageStore:
    """The pages of a worker's partitions, packed until they are needed.

    A method that reads or writes raises MachineError if the disk does not take or return what it must; the same call
    may be repeated. A damaged file ends the process: the next one fills a new file.

    Args:
        folder: of the files; made when the first row comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, _PageFile] = {}

    @property
    def rows(self) -> int:
        """The number of pages."""
        return sum(file.rows for file in self._files.values())

    @property
    def size(self) -> int:
        """The bytes of all pages and their keys; the files are about a quarter larger."""
        return sum(file.size for file in self._files.values())

    @property
    def partitions(self) -> list[int]:
        """Those that have pages."""
        return sorted(self._files)

    def put(self, partition: int, rows: Iterable[Row]) -> None:
        """Apply rows of the changelog in their order. Keys that name no movie are ignored.

        After an error none of them is applied.
        """
        last = {key: page for key, page in rows if key.find(SEPARATOR) > 0}
        if not last:
            return
        with self._disk():
            if partition not in self._files:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._files[partition] = _PageFile(self._folder)
            self._files[partition].put(last)

    def of(self, partition: int, movie_id: MovieId) -> Mapping[bytes, bytes]:
        """The pages of a movie by their keys, in the order in which they came."""
        if partition not in self._files:
            return {}
        with self._disk():
            return self._files[partition].of(movie_id.encode())

    def some_of(
        self, partition: int, after: int, most: int
    ) -> tuple[int, list[tuple[bytes, bytes]]]:
        """The first pages of a partition behind position ``after`` (0: its beginning), with their keys; and their end."""
        if partition not in self._files:
            return after, []
        with self._disk():
            return self._files[partition].some(after, most)

    def keys(self, partition: int, movie_id: MovieId) -> set[bytes]:
        """The keys of the pages of a movie."""
        if partition not in self._files:
            return set()
        with self._disk():
            return self._files[partition].keys(movie_id.encode())

    def keep(self, partitions: Collection[int]) -> None:
        """Drop the pages of all other partitions."""
        for partition in set(self._files) - set(partitions):
            self._files.pop(partition).close()

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if not isinstance(error, OSError) and _code(error) not in NO_ROOM:
                log.critical("the ledger's file is damaged", exc_info=error)
                leave(1)
            raise MachineError(
                "disk-full",
                f"The ledger cannot use its file in {self._folder}: {error}. Make room there, or choose another folder"
                " with MOVIETAG_HOME.",
            ) from error


class _PageFile:
    """The pages of one partition. ``rows`` and ``size`` are their number, and their bytes with their keys."""

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self.size = 0
        handle, name = tempfile.mkstemp(prefix="ledger-", dir=folder)
        os.close(handle)
        self._db = sqlite3.connect(name, isolation_level=None)
        try:
            for pragma in (
                f"page_size={BLOCK_BYTES}",
                f"cache_size=-{CACHE_KIB}",
                "journal_mode=MEMORY",  # an error in the midst is undone
                "synchronous=OFF",  # nobody reads it after a crash
                "locking_mode=EXCLUSIVE",
                "temp_store=MEMORY",
            ):
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            self._db.execute("CREATE TABLE pages (key BLOB PRIMARY KEY, page BLOB NOT NULL)")
        except sqlite3.Error:
            self._db.close()
            raise
        finally:
            Path(name).unlink()  # the open file stays

    def put(self, rows: Mapping[bytes, bytes | None]) -> None:
        """Apply rows; all or none."""
        former = self.rows, self.size
        self._db.execute("BEGIN")
        try:
            for key, page in rows.items():
                self._put(key, page)
            self._db.execute("COMMIT")
        except BaseException:
            self.rows, self.size = former
            if self._db.in_transaction:  # some errors have ended it
                self._db.execute("ROLLBACK")
            raise

    def _put(self, key: bytes, page: bytes | None) -> None:
        if page is not None and self._insert(key, page):
            return
        sizes = self._db.execute("SELECT length(page) FROM pages WHERE key = ?", (key,))
        for (length,) in sizes.fetchall():
            self._db.execute("DELETE FROM pages WHERE key = ?", (key,))
            self._count(-1, len(key) + length)
        if page is not None:
            self._insert(key, page)

    def _insert(self, key: bytes, page: bytes) -> bool:
        """Add a page unless there is one of this key."""
        new = self._db.execute("INSERT OR IGNORE INTO pages VALUES (?, ?)", (key, page)).rowcount
        if new:
            self._count(1, len(key) + len(page))
        return bool(new)

    def _count(self, sign: int, size: int) -> None:
        self.rows += sign
        self.size += sign * size

    def of(self, movie: bytes) -> dict[bytes, bytes]:
        """The pages of a movie by their keys, in the order in which they came."""
        return dict(
            self._db.execute(
                "SELECT key, page FROM pages WHERE key >= ? AND key < ? ORDER BY rowid",
                _keys_of(movie),
            )
        )

    def keys(self, movie: bytes) -> set[bytes]:
        """The keys of the pages of a movie."""
        found = self._db.execute(
            "SELECT key FROM pages WHERE key >= ? AND key < ?", _keys_of(movie)
        )
        return {key for (key,) in found}

    def some(self, after: int, most: int) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Keys and pages behind a rowid, in the order in which they came, and the last rowid."""
        query = "SELECT rowid, key, page FROM pages WHERE rowid > ? ORDER BY rowid LIMIT ?"
        found = self._db.execute(query, (after, most)).fetchall()
        return (found[-1][0] if found else after), [(key, page) for _, key, page in found]

    def close(self) -> None:
        """Give the file up."""
        self._db.close()


def _code(error: sqlite3.Error) -> int:
    """The primary code of an error; mistakes in the use of the module have none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF


def _keys_of(movie: bytes) -> tuple[bytes, bytes]:
    """The first key of a movie, and the first behind its last."""
    return movie + SEPARATOR, movie + BEHIND_SEPARATOR
