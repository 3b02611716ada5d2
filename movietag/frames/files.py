"""Files below one folder, on any file system that fsspec supports: what the frame store needs, with translated errors.

Calls block. A file is written whole or not at all; writing it again is harmless.
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
from fsspec.implementations.local import LocalFileSystem

from movietag.errors import MovietagError, TransientError, UsageError
from movietag.frames.store_client import S3, store_client
from movietag.redaction import redacted

_NO_PLACE: Final = (errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_WHERE: Final = "It is the setting MOVIETAG_FRAME_STORE."


class StoreAway(TransientError):  # noqa: N818  # a state, not a fault
    """The frame store is unreachable, or fails: no frame is at fault."""

    kind = "frame-store"


class Files:
    """Files by paths below ``root``, whose components contain no ``/``.

    Every method raises:
        StoreAway: the file system fails now.
        UsageError: it denies access, or does not support the operation.
    """

    def __init__(self, fs: AbstractFileSystem, root: str) -> None:
        self._fs = fs
        self._root = root.rstrip("/")
        self._s3 = not set(S3).isdisjoint(
            [fs.protocol] if isinstance(fs.protocol, str) else fs.protocol
        )
        self.url = redacted(fs.unstrip_protocol(self._root))

    @classmethod
    def at(cls, url: str) -> Files:
        """Open an absolute path or a URL; nothing is read or written yet.

        Raises:
            UsageError: it is neither, or the package for its protocol is not installed.
        """
        if "://" not in url and not Path(url).is_absolute():
            raise UsageError(
                f"MOVIETAG_FRAME_STORE is {redacted(url)!r}: it must be an absolute path, or a URL."
            )
        try:
            return cls(*store_client(url))
        except ImportError as error:
            extra = "; pip install 'movietag[s3]'" if url.startswith(("s3:", "s3a:")) else ""
            raise UsageError(f"MOVIETAG_FRAME_STORE: {redacted(error)}{extra}.") from None
        except (ValueError, OSError, TypeError) as error:
            protocol = url.split("://", 1)[0]
            raise UsageError(
                f"MOVIETAG_FRAME_STORE of kind {protocol!r}: {redacted(error)}."
            ) from None

    def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a file; its folder is created if needed."""
        path = self._at(folder)
        with self._told("to write"):
            try:
                self._put(path, name, data)
            except FileNotFoundError:  # a store with folders, which do not exist yet
                if not path.startswith(
                    "/"
                ):  # a store with buckets: none is created for a mistyped name
                    raise
                self._fs.makedirs(path, exist_ok=True)
                self._put(path, name, data)

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None if it does not exist."""
        with self._told("to read"):
            try:
                return bytes(self._fs.cat_file(self._at(path)))
            except FileNotFoundError:
                return None

    def folders(self, path: str) -> list[str]:
        """The names of the folders in a folder."""
        with self._told("to list"):
            return sorted(name for name, kind in self._entries(path) if kind == "directory")

    def files(self, path: str) -> list[str]:
        """The names of the files in a folder."""
        return sorted(file for file in self.below(path) if "/" not in file)

    def below(self, path: str) -> list[str]:
        """The paths of all files below a folder, relative to it: one request in S3 for every 1000."""
        with self._told("to list"):
            if not self._s3:
                return list(self._walk(path))
            parent, _, name = self._at(path).rpartition(
                "/"
            )  # of no file s3fs would ask three times more
            found = self._fs.find(parent, prefix=f"{name}/")
            return [file.removeprefix(f"{parent}/{name}/") for file in found]

    def modified(self, path: str) -> datetime | None:
        """When a file was written; None if it does not exist."""
        with self._told("to return a modification time"):
            try:
                time: datetime = self._fs.modified(self._at(path))
            except FileNotFoundError:
                return None
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    def keeps_versions(self) -> bool:
        """Whether deleted files stay as older versions; False also where the store does not say."""
        if not self._s3:
            return False
        with self._told("to say whether it keeps versions"):
            try:
                return bool(self._fs.is_bucket_versioned(self._root.split("/", 1)[0]))
            except (PermissionError, OSError, NotImplementedError):
                return False

    def delete(self, folder: str, first: str) -> None:
        """Delete a folder with its content, the file ``first`` before the others.

        Parent folders that are empty then are deleted too, but never the root.
        """
        path = self._at(folder)
        with self._told("to delete"):
            self._fs.invalidate_cache()
            with suppress(FileNotFoundError):
                self._fs.rm_file(f"{path}/{first}")
            with suppress(FileNotFoundError):
                self._fs.rm(path, recursive=True)
            if isinstance(self._fs, LocalFileSystem):  # object stores have no empty folders
                with suppress(OSError):  # a parent has other content
                    for above in list(Path(folder).parents)[:-1]:
                        Path(self._at(str(above))).rmdir()
        if self._s3 and (left := self.below(folder)):  # s3fs drops what S3 says of single files
            raise StoreAway(
                f"The frame store {self.url} still has {len(left)} files of {folder} after they were deleted."
                " This account may lack the right to delete there, or the bucket locks its objects."
            )

    def _put(self, path: str, name: str, data: bytes) -> None:
        """Write whole or not at all, as object stores do anyway."""
        if not isinstance(self._fs, LocalFileSystem):
            self._fs.pipe_file(f"{path}/{name}", data)
            return
        part = f"{path}/.{name}.{secrets.token_hex(4)}"
        try:
            self._fs.pipe_file(part, data)
            Path(part).replace(f"{path}/{name}")
        except OSError:  # on a full disk each try would leave a part of it
            Path(part).unlink(missing_ok=True)
            raise

    def _walk(self, path: str) -> Iterator[str]:
        for name, kind in self._entries(path):
            if kind == "directory":
                yield from (f"{name}/{below}" for below in self._walk(f"{path}/{name}"))
            else:
                yield name

    def _entries(self, path: str) -> list[tuple[str, str]]:
        """The names in a folder, each with what it is: `file` or `directory`."""
        found: list[dict[str, Any]] = []
        with suppress(FileNotFoundError):
            self._fs.invalidate_cache()  # other processes write, too
            found = self._fs.ls(self._at(path), detail=True)
        return [(entry["name"].rstrip("/").rsplit("/", 1)[-1], entry["type"]) for entry in found]

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Translate the library's errors (each backend has its own) by their remedy."""
        try:
            yield
        except MovietagError:
            raise
        except FileNotFoundError as error:  # a bucket; reads handle missing files themselves
            raise UsageError(f"{self.url} does not exist ({redacted(error)}). {_WHERE}") from error
        except PermissionError as error:
            raise UsageError(
                f"The frame store {self.url} denies access {doing}: {redacted(error)}. {_WHERE} Give this account the"
                " right to read, write, list and delete there."
            ) from error
        except NotImplementedError as error:
            raise UsageError(
                f"The frame store {self.url} lacks an operation that is needed {doing}. {_WHERE} Choose a folder or an object"
                " store."
            ) from error
        except Exception as error:  # botocore's, aiohttp's …: they have no common base
            if isinstance(error, OSError) and error.errno in _NO_PLACE:
                raise UsageError(
                    f"{self.url} cannot hold frames: {redacted(error)}. {_WHERE}"
                ) from error
            if isinstance(error, OSError) and error.errno in _FULL:
                raise StoreAway(
                    f"The disk of the frame store {self.url} is full ({redacted(error)}). Make room there;"
                    " what waits goes on by itself."
                ) from error
            raise StoreAway(
                f"The frame store {self.url} fails {doing} ({type(error).__name__}: {redacted(error)})."
            ) from error
