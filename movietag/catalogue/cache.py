"""Answers of catalogues on disk: bounded in number and age, shared by the workers of one machine."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from movietag.catalogue.film import WantedFilm
from movietag.crawl.known_film import KnownFilm
from movietag.errors import UsageError
from movietag.files import write_whole

FORM: Final = 1  # of what is stored; another one is not read
DAY: Final = 86_400.0
SHORT_DAYS: Final = 1.0  # for answers without a film: catalogues grow
LONGEST_DAYS: Final = 180.0  # what TMDB allows; older answers are used by nobody
MOST_ANSWERS: Final = 10_000  # some 8 KB each
LARGEST: Final = 256 << 10  # bytes of one answer
LOOK_AFTER: Final = 500  # answers written, after which their number is looked at

log = logging.getLogger(__name__)


class StoredAnswer(msgspec.Struct, frozen=True):
    """What a catalogue answered at a time (seconds since 1970): a film, or why none."""

    form: int
    at: float
    film: KnownFilm | None
    why: str


class AnswerCache:
    """A folder with a file for each lookup. Its methods block.

    Nothing depends on it: what cannot be read or written is asked for again.

    Args:
        folder: created when something is stored, for its user alone.
        days: for which a film is used without asking again; 0: nothing is stored.
        most: answers; beyond it the oldest are deleted.
        now: seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        days: float,
        *,
        most: int = MOST_ANSWERS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._days = days
        self._most = most
        self._now = now
        self._written = 0
        self._complained = False
        self._lock = threading.Lock()

    def read(self, catalogue: str, wanted: WantedFilm) -> StoredAnswer | None:
        """The answer stored for a lookup, however old up to 180 days; None if there is none."""
        path = self._path(catalogue, wanted)
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
            stored = msgspec.json.decode(content, type=StoredAnswer)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        age = self._now() - stored.at
        usable = stored.form == FORM and -DAY <= age <= LONGEST_DAYS * DAY
        return stored if usable and self._days else None

    def is_fresh(self, stored: StoredAnswer) -> bool:
        """Whether an answer is used without asking again."""
        days = self._days if stored.film else min(self._days, SHORT_DAYS)
        return self._now() - stored.at <= days * DAY

    def write(
        self, catalogue: str, wanted: WantedFilm, film: KnownFilm | None, why: str = ""
    ) -> None:
        """Store an answer; a folder that cannot be written to is reported once."""
        if not self._days:
            return
        content = msgspec.json.encode(StoredAnswer(FORM, self._now(), film, why[:2000]))
        if len(content) > LARGEST:
            return
        with self._lock:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_whole(self._path(catalogue, wanted), content, 0o600)
                self._written += 1
                if self._written % LOOK_AFTER == 1:
                    self._prune()
            except (OSError, UsageError) as error:
                if not self._complained:
                    log.warning("Answers of the catalogue are not stored: %s", error)
                self._complained = True

    def _prune(self) -> None:
        """Delete answers that are too old, and the oldest beyond the bound with a tenth more, so that it is seldom done."""
        with os.scandir(self._folder) as entries:
            files = sorted((_written_at(entry), entry.path) for entry in entries)
        beyond = len(files) - self._most * 9 // 10 if len(files) > self._most else 0
        oldest = time.time() - LONGEST_DAYS * DAY  # files have the system's time
        for at, (written, path) in enumerate(files):
            if at < beyond or written < oldest:
                with suppress(OSError):
                    Path(path).unlink()

    def _path(self, catalogue: str, wanted: WantedFilm) -> Path:
        parts = (catalogue, wanted.title, wanted.year, wanted.imdb, wanted.tmdb)
        return self._folder / f"{hashlib.sha256(msgspec.json.encode(parts)).hexdigest()}.json"


def _written_at(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:  # deleted by another worker
        return 0.0
