"""The movies in a frame store, for the commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from movietag.errors import UsageError
from movietag.frames.kept import Kept
from movietag.frames.store import FrameStore
from movietag.records import MovieId
from movietag.rules.lookup import lookup
from movietag.rules.movie_ids import movie_id_in
from movietag.search.naming import NothingFound, named


@dataclass(frozen=True, slots=True)
class KeptMovie:
    """A movie with stored frames: the newest record of each video, at least one."""

    records: tuple[Kept, ...]

    @property
    def movie_id(self) -> MovieId:
        """The movie's id."""
        return self.records[0].job.movie_id

    @property
    def title(self) -> str:
        """The movie's title in the plan."""
        return self.records[0].job.context.title

    @property
    def year(self) -> int | None:
        """The movie's year, if known."""
        return self.records[0].job.context.year

    @property
    def frames(self) -> int:
        """The number of stored frames."""
        return sum(len(kept.manifest.slots) for kept in self.records)


class KeptFrame(msgspec.Struct, frozen=True):
    """A stored frame, taken at ``time`` seconds of its video."""

    slot: int
    time: float


class KeptVideoRow(msgspec.Struct, frozen=True):
    """The stored frames of a video, fetched in this ``generation`` of its movie."""

    video_id: str
    title: str
    url: str
    generation: int
    frames: tuple[KeptFrame, ...]


class KeptVideos(msgspec.Struct, frozen=True):
    """A movie with its stored frames."""

    movie_id: str
    title: str
    year: int | None
    videos: tuple[KeptVideoRow, ...]


class KeptMovieRow(msgspec.Struct, frozen=True):
    """A movie, with its numbers of stored videos and frames."""

    movie_id: str
    title: str
    year: int | None
    videos: int
    frames: int


class ListedMovies(msgspec.Struct, frozen=True):
    """The movies in a store."""

    store: str
    movies: tuple[KeptMovieRow, ...]


def kept_movies(store: FrameStore) -> Iterator[KeptMovie]:
    """All movies of a store, read lazily."""
    return (KeptMovie(records) for records in store.everything())


def select_movies(store: FrameStore, texts: Sequence[str]) -> list[KeptMovie]:
    """The movies that the texts name (by id, or by title with or without year), each once.

    Raises:
        NothingFound: a text matches no movie.
        UsageError: a text matches several; the error lists them.
    """
    selected = [_by_id(store, text) for text in texts]
    if None in selected:  # reads all records: only if necessary
        everything = list(kept_movies(store))
        selected = [
            one or _by_title(everything, text) for one, text in zip(selected, texts, strict=True)
        ]
    return list({one.movie_id: one for one in selected if one}.values())


def _by_id(store: FrameStore, text: str) -> KeptMovie | None:
    movie_id = movie_id_in(text.strip())
    records = store.of_movie(movie_id) if movie_id else None
    return KeptMovie(records) if records else None


def _by_title(everything: Sequence[KeptMovie], text: str) -> KeptMovie:
    matches = lookup(text).exactly(everything)
    if not matches:
        raise NothingFound(f"No frames of {text[:100]!r} are stored. See: movietag frames list")
    if len(matches) > 1:
        names = (f"  {one.movie_id}  {named(one.title, one.year)}" for one in matches)
        raise UsageError(
            "\n".join([f"{text[:100]!r} matches several movies; use an id:", *sorted(names)])
        )
    return matches[0]


def kept_movie_row(movie: KeptMovie) -> KeptMovieRow:
    """The row of a movie in a list."""
    return KeptMovieRow(movie.movie_id, movie.title, movie.year, len(movie.records), movie.frames)


def details_of(movie: KeptMovie) -> KeptVideos:
    """A movie with its videos and frames, for display."""
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
