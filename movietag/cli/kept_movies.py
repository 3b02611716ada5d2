"""The movies of a frame store, for the commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from movietag.errors import UsageError
from movietag.frames.kept import Kept
from movietag.frames.store import FrameStore
from movietag.records import MovieId
from movietag.rules.lookup import lookup
from movietag.rules.titles import movie_id_in
from movietag.search.naming import NothingFound, named


@dataclass(frozen=True, slots=True)
class KeptMovie:
    """A movie some of whose frames are kept: the newest record of each video, at least one."""

    records: tuple[Kept, ...]

    @property
    def movie_id(self) -> MovieId:
        """Its id."""
        return self.records[0].job.movie_id

    @property
    def title(self) -> str:
        """Its title, as the plan had it."""
        return self.records[0].job.context.title

    @property
    def year(self) -> int | None:
        """Its year, if that is known."""
        return self.records[0].job.context.year

    @property
    def frames(self) -> int:
        """How many frames are kept of it."""
        return sum(len(kept.manifest.slots) for kept in self.records)


class KeptFrame(msgspec.Struct, frozen=True):
    """A frame that is kept, taken at ``time`` seconds of its video."""

    slot: int
    time: float


class KeptVideoRow(msgspec.Struct, frozen=True):
    """The kept frames of a video, fetched by ``generation`` of its movie."""

    video_id: str
    title: str
    url: str
    generation: int
    frames: tuple[KeptFrame, ...]


class KeptVideos(msgspec.Struct, frozen=True):
    """A movie with its kept frames."""

    movie_id: str
    title: str
    year: int | None
    videos: tuple[KeptVideoRow, ...]


class KeptMovieRow(msgspec.Struct, frozen=True):
    """A movie, and how much of it is kept."""

    movie_id: str
    title: str
    year: int | None
    videos: int
    frames: int


class ListedMovies(msgspec.Struct, frozen=True):
    """What is in a store."""

    store: str
    movies: tuple[KeptMovieRow, ...]


def kept_movies(store: FrameStore) -> Iterator[KeptMovie]:
    """All of them, one after the other as they are read."""
    return (KeptMovie(records) for records in store.everything())


def chosen(store: FrameStore, texts: Sequence[str]) -> list[KeptMovie]:
    """The movies of which some text is the id, or the title with or without its year; each once.

    Raises:
        NothingFound: a text means none of them.
        UsageError: a text means several; they are listed.
    """
    found = [_by_id(store, text) for text in texts]
    if None in found:  # only then all records are read
        everything = list(kept_movies(store))
        found = [one or _by_title(everything, text) for one, text in zip(found, texts, strict=True)]
    return list({one.movie_id: one for one in found if one}.values())


def _by_id(store: FrameStore, text: str) -> KeptMovie | None:
    movie_id = movie_id_in(text.strip())
    records = store.of_movie(movie_id) if movie_id else None
    return KeptMovie(records) if records else None


def _by_title(everything: Sequence[KeptMovie], text: str) -> KeptMovie:
    meant = lookup(text).exactly(everything)
    if not meant:
        raise NothingFound(f"No frames are kept of {text[:100]!r}. See: movietag frames list")
    if len(meant) > 1:
        names = (f"  {one.movie_id}  {named(one.title, one.year)}" for one in meant)
        raise UsageError(
            "\n".join([f"{text[:100]!r} matches several movies; use an id:", *sorted(names)])
        )
    return meant[0]


def listed(movie: KeptMovie) -> KeptMovieRow:
    """A movie as it is listed."""
    return KeptMovieRow(movie.movie_id, movie.title, movie.year, len(movie.records), movie.frames)


def shown(movie: KeptMovie) -> KeptVideos:
    """A movie as it is shown."""
    videos = tuple(
        KeptVideoRow(
            video_id=kept.manifest.video_id,
            title=kept.job.video.title,
            url=kept.job.video.url,
            generation=kept.manifest.generation,
            frames=tuple(KeptFrame(slot.slot, slot.time) for slot in kept.manifest.slots),
        )
        for kept in movie.records
    )
    return KeptVideos(movie.movie_id, movie.title, movie.year, videos)
