"""Files below one folder, wherever fsspec reaches: what the frame store needs of it, and its errors told.

Calls block. A file is written whole or not at all, and again for all that anybody minds.
"""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from movietag.errors import MovietagError, TransientError, UsageError
from movietag.redaction import redacted

_NO_PLACE: Final = (errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
_WHERE: Final = "It is the setting MOVIETAG_FRAME_STORE."


class StoreAway(TransientError):  # noqa: N818  # a state, not a fault
    """The frame store does not answer, or fails: no frame is at fault."""

    kind = "frame-store"


class Files:
    """Files by paths below ``root``, of components that hold no ``/``.

    Every method raises:
        StoreAway: the file system fails now.
        UsageError: it refuses us, or cannot do what it is asked.
    """

    def __init__(self, fs: AbstractFileSystem, root: str) -> None:
        self._fs = fs
        self._root = root.rstrip("/")
        self.url = redacted(fs.unstrip_protocol(self._root))

    @classmethod
    def at(cls, url: str) -> Files:
        """Open an absolute path or a URL; nothing is read or written yet.

        Raises:
            UsageError: it is neither, or what speaks its protocol is not installed.
        """
        if "://" not in url and not Path(url).is_absolute():
            raise UsageError(
                f"MOVIETAG_FRAME_STORE is {redacted(url)!r}: give an absolute path, or a URL."
            )
        try:
            return cls(*url_to_fs(url, use_listings_cache=False))
        except ImportError as error:
            extra = "; pip install 'movietag[s3]'" if url.startswith(("s3:", "s3a:")) else ""
            raise UsageError(f"MOVIETAG_FRAME_STORE: {redacted(error)}{extra}.") from None
        except (ValueError, OSError, TypeError) as error:
            protocol = url.split("://", 1)[0]
            raise UsageError(
                f"MOVIETAG_FRAME_STORE of kind {protocol!r}: {redacted(error)}."
            ) from None

    def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a file, its folder too."""
        path = self._at(folder)
        with self._told("to write"):
            try:
                self._put(path, name, data)
            except FileNotFoundError:  # a store with folders, and they are not there yet
                if not path.startswith("/"):  # one with buckets: none is made for a mistyped name
                    raise
                self._fs.makedirs(path, exist_ok=True)
                self._put(path, name, data)

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None when it is not there."""
        with self._told("to read"):
            try:
                return bytes(self._fs.cat_file(self._at(path)))
            except FileNotFoundError:
                return None

    def folders(self, path: str) -> list[str]:
        """The folders in a folder, by name."""
        return self._names(path, "directory")

    def files(self, path: str) -> list[str]:
        """The files in a folder, by name."""
        return self._names(path, "file")

    def modified(self, path: str) -> datetime | None:
        """When a file was written; None when it is not there."""
        with self._told("to tell when it was written"):
            try:
                time: datetime = self._fs.modified(self._at(path))
            except FileNotFoundError:
                return None
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    def delete(self, folder: str, first: str) -> None:
        """Delete a folder with all that is in it, the file ``first`` before the others.

        Folders above it that are empty then go, too, but never the root.
        """
        path = self._at(folder)
        with self._told("to delete"):
            self._fs.invalidate_cache()
            with suppress(FileNotFoundError):
                self._fs.rm_file(f"{path}/{first}")
            with suppress(FileNotFoundError):
                self._fs.rm(path, recursive=True)
            if isinstance(self._fs, LocalFileSystem):  # object stores have no empty folders
                with suppress(OSError):  # one of them holds others
                    for above in list(Path(folder).parents)[:-1]:
                        Path(self._at(str(above))).rmdir()

    def _put(self, path: str, name: str, data: bytes) -> None:
        """Write whole or not at all, as object stores do by themselves."""
        if not isinstance(self._fs, LocalFileSystem):
            self._fs.pipe_file(f"{path}/{name}", data)
            return
        part = f"{path}/.{name}.{secrets.token_hex(4)}"
        self._fs.pipe_file(part, data)
        Path(part).replace(f"{path}/{name}")

    def _names(self, path: str, kind: str) -> list[str]:
        found: list[dict[str, Any]] = []
        with self._told("to list"), suppress(FileNotFoundError):
            self._fs.invalidate_cache()  # others write, too
            found = self._fs.ls(self._at(path), detail=True)
        names = (entry["name"].rstrip("/") for entry in found if entry["type"] == kind)
        return sorted(name.rsplit("/", 1)[-1] for name in names)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Tell what the library raises (each has errors of its own) by what can be done about it."""
        try:
            yield
        except MovietagError:
            raise
        except FileNotFoundError as error:  # a bucket; readers let none of theirs come so far
            raise UsageError(f"There is no {self.url} ({redacted(error)}). {_WHERE}") from error
        except PermissionError as error:
            raise UsageError(
                f"The frame store {self.url} refuses {doing}: {redacted(error)}. {_WHERE} Give this account the"
                " right to read, write, list and delete there."
            ) from error
        except NotImplementedError as error:
            raise UsageError(
                f"The frame store {self.url} is not able {doing}. {_WHERE} Choose a folder or an object"
                " store."
            ) from error
        except Exception as error:  # botocore's, aiohttp's …: they have no base in common
            if isinstance(error, OSError) and error.errno in _NO_PLACE:
                raise UsageError(
                    f"{self.url} cannot hold frames: {redacted(error)}. {_WHERE}"
                ) from error
            raise StoreAway(
                f"The frame store {self.url} fails {doing} ({type(error).__name__}: {redacted(error)})."
            ) from error
