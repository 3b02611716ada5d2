"""The frame store: frames stored on request, in a folder or on any file system of fsspec (S3 and others).

``movie/video/generation/slot.jpg``, with ``kept.json`` next to them, which is written last: a generation without
such a record is incomplete, and is not read. All writes may be repeated: the same name has the same bytes. A drop
is first noted as ``.dropped/movie/generation``, for all videos of the movie: a late writer finds the note, and
deletes what it wrote. Calls block; stages make them in threads (``movietag.streams.keeping``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from movietag.errors import MovietagError, PermanentError, UsageError
from movietag.frames.files import Files, StoreAway
from movietag.frames.kept import (
    RECORD,
    Kept,
    component,
    folder_generation,
    frame_name,
    generation_path,
    video_path,
)
from movietag.records import MovieId, VideoId, VideoJob, decode, encode
from movietag.settings import Settings

__all__ = ["Dropped", "FrameStore", "StoreAway"]

OFF: Final = (
    "Frames are not stored. Start the stack with `movietag up --store-frames`, or set MOVIETAG_FRAME_STORE to a"
    " folder or URL, for the stages too; frames of movies that are added from then on are stored there."
)
VERSIONED: Final = (
    "The frame store {url} keeps versions: frames that are deleted (`movietag forget`, a refresh, after"
    " MOVIETAG_FRAME_STORE_DAYS) stay in the bucket as older versions. Suspend its versioning, or have a lifecycle"
    " rule delete noncurrent versions."
)
ABOUT: Final = (
    "Frames of videos, stored by movietag (MOVIETAG_FRAME_STORE). The pictures are copyrighted: do not share"
    " them. They are deleted after MOVIETAG_FRAME_STORE_DAYS, and when their movie is forgotten.\n"
)
_ABOUT_NAME: Final = "about.txt"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_DROPPED: Final = ".dropped"  # no movie's name: those never begin with a dot


class Dropped(MovietagError):  # noqa: N818  # a decision, not a fault
    """The generation is no longer stored: its movie was forgotten, or a newer one has replaced it."""


class FrameStore:
    """Frames by movie, video, generation and slot.

    Every method raises:
        StoreAway: the store fails now.
        UsageError: it denies access, or does not support the operation.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self.url = files.url

    @classmethod
    def from_settings(cls, settings: Settings) -> FrameStore | None:
        """The store of these settings; None if frames are not stored.

        Raises:
            UsageError: the setting is no path or URL that can be opened.
        """
        return cls(Files.at(settings.frame_store)) if settings.frame_store else None

    @classmethod
    def needed(cls, settings: Settings) -> FrameStore:
        """The store of these settings.

        Raises:
            UsageError: frames are not stored, or as ``from_settings``.
        """
        store = cls.from_settings(settings)
        if store is None:
            raise UsageError(OFF)
        return store

    # -- writing

    def write_frame(self, job: VideoJob, slot: int, jpeg: bytes) -> None:
        """Store one frame; it has no effect until the video's record is written.

        Raises:
            Dropped: the generation was dropped; none of its files is left.
        """
        self._write(job, frame_name(slot), jpeg)

    def write_record(self, kept: Kept) -> None:
        """Store a video's record, after all its frames; raises as ``write_frame``."""
        self._write(kept.job, RECORD, encode(kept))

    def _write(self, job: VideoJob, name: str, data: bytes) -> None:
        path = generation_path(job.movie_id, job.video.video_id, job.generation)
        self._files.write(path, name, data)
        try:
            self.require_wanted(job)  # after writing: a drop may come at any time
        except Dropped:
            self._files.delete(path, RECORD)
            raise

    def write_about(self) -> None:
        """Write a file that explains the store to anyone who opens it."""
        self._files.write("", _ABOUT_NAME, ABOUT.encode())

    def keeps_versions(self) -> bool:
        """Whether the store keeps what is deleted, as older versions of a bucket's objects."""
        return self._files.keeps_versions()

    def explained(self) -> bool:
        """Whether that file exists."""
        return self._files.modified(_ABOUT_NAME) is not None

    # -- reading

    def read(
        self, movie: MovieId, video: VideoId, slot: int, generation: int | None = None
    ) -> bytes | None:
        """A frame as a JPEG, by default of the newest complete generation.

        None if it is not stored.
        """
        if generation is None:
            newest = self.newest(movie, video)
            if newest is None:
                return None
            generation = newest.manifest.generation
        return self._files.read(f"{generation_path(movie, video, generation)}/{frame_name(slot)}")

    def newest_frame(self, movie: MovieId, video: VideoId, slot: int) -> bytes | None:
        """A frame as a JPEG, of the newest generation with a record, which is not read: two requests in S3."""
        path, name = video_path(movie, video), frame_name(slot)
        files = self._files.below(path)
        generation = next(_whole(files), None)
        if generation is None or f"{generation}/{name}" not in files:
            return None
        return self._files.read(f"{path}/{generation}/{name}")

    def record(self, movie: MovieId, video: VideoId, generation: int) -> Kept | None:
        """The record of a video; None if it is missing or damaged."""
        return self._record(generation_path(movie, video, generation))

    def missing(self, kept: Kept) -> list[int]:
        """The slots of a record whose frames are missing."""
        found = kept.manifest
        there = set(
            self._files.files(generation_path(found.movie_id, found.video_id, found.generation))
        )
        return [slot.slot for slot in found.slots if frame_name(slot.slot) not in there]

    def newest(self, movie: MovieId, video: VideoId) -> Kept | None:
        """The record of the newest complete generation of a video."""
        return self._newest(video_path(movie, video))

    def of_movie(self, movie: MovieId) -> tuple[Kept, ...]:
        """The newest record of each stored video of a movie."""
        return self._of_movie(component(movie))

    def everything(self) -> Iterator[tuple[Kept, ...]]:
        """The newest records of each movie, movie by movie."""
        for movie in self._movies():
            if records := self._of_movie(movie):
                yield records

    # -- deleting

    def require_wanted(self, job: VideoJob) -> None:
        """Check that the frames of a job were not dropped.

        Notes of jobs that were planned later are ignored: another Kafka has started generations from 1.

        Raises:
            Dropped: they were.
        """
        path = f"{_DROPPED}/{component(job.movie_id)}"
        for name in self._files.files(path):
            if (folder_generation(name) or 0) > job.generation:
                noted = self._files.read(f"{path}/{name}") or b""
                if noted.isdigit() and job.made_ms <= int(noted):
                    raise Dropped(
                        f"Generation {job.generation} of {job.video.video_id} of movie {job.movie_id} is"
                        " no longer stored."
                    )

    def drop(self, movie: MovieId, video: VideoId, below: int, made_ms: int) -> None:
        """Delete the generations of a video below this one, which was planned at ``made_ms``.

        Files of such generations that are written later are deleted as well, for all videos of the movie:
        another worker may have planned others.
        """
        self._files.write(f"{_DROPPED}/{component(movie)}", f"{below:05d}", str(made_ms).encode())
        for generation, path in self._generations(video_path(movie, video)):
            if generation < below:
                self._files.delete(path, RECORD)

    def prune(self, before: datetime, told: Callable[[int], None] = lambda done: None) -> int:
        """Delete what was stored before ``before`` (with its time zone), video by video.

        Returns:
            How many videos (of one generation each) were deleted; ``told`` gets it as it grows.
        """
        deleted = 0
        self._prune_notes(before)
        for movie in self._movies():
            for video in self._files.folders(movie):
                for _, path in self._generations(f"{movie}/{video}"):
                    if self._kept_at(path) < before:
                        self._files.delete(path, RECORD)
                        deleted += 1
                        told(deleted)
        return deleted

    def _prune_notes(self, before: datetime) -> None:
        """Delete the notes of drops before ``before``: no writer is that late."""
        for movie in self._files.folders(_DROPPED):
            if self._kept_at(f"{_DROPPED}/{movie}") < before:
                self._files.delete(f"{_DROPPED}/{movie}", RECORD)

    # -- by path

    def _movies(self) -> list[str]:
        return [name for name in self._files.folders("") if name != _DROPPED]

    def _of_movie(self, movie: str) -> tuple[Kept, ...]:
        files_of: dict[str, list[str]] = {}
        for file in self._files.below(movie):
            video, _, rest = file.partition("/")
            files_of.setdefault(video, []).append(rest)
        found = (self._newest_of(f"{movie}/{video}", files_of[video]) for video in sorted(files_of))
        return tuple(kept for kept in found if kept is not None)

    def _newest(self, video: str) -> Kept | None:
        return self._newest_of(video, self._files.below(video))

    def _newest_of(self, video: str, files: Sequence[str]) -> Kept | None:
        """The newest record among the files below a video's folder."""
        for generation in _whole(files):
            if (kept := self._record(f"{video}/{generation}")) is not None:
                return kept
        return None

    def _record(self, path: str) -> Kept | None:
        data = self._files.read(f"{path}/{RECORD}")
        try:
            return None if data is None else decode(Kept, data)
        except PermanentError:
            return None  # of another version, or not movietag's

    def _generations(self, video: str) -> list[tuple[int, str]]:
        named = ((folder_generation(name), name) for name in self._files.folders(video))
        return [(number, f"{video}/{name}") for number, name in named if number is not None]

    def _kept_at(self, path: str) -> datetime:
        """When the video's record was written; without one, when its newest frame was."""
        names = self._files.files(path)
        deciding = [RECORD] if RECORD in names else names
        times = [self._files.modified(f"{path}/{name}") for name in deciding]
        return max((time for time in times if time), default=_NEVER)


def _whole(files: Sequence[str]) -> Iterator[str]:
    """The folders with a record among the files below a video's folder, the newest generation first."""
    folders = (file.removesuffix(f"/{RECORD}") for file in files if file.endswith(f"/{RECORD}"))
    return iter(
        sorted((one for one in folders if folder_generation(one) is not None), reverse=True)
    )
