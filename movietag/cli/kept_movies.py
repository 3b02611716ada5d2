"""The movies in a frame store, for the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import msgspec

from movietag.errors import TransientError, UsageError
from movietag.frames.kept import Kept
from movietag.frames.store import FrameStore
from movietag.records import MovieId
from movietag.rules.lookup import lookup
from movietag.search.naming import NothingFound, named
from movietag.search.reader import reader
from movietag.settings import Settings


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


async def select_movies(
    settings: Settings, store: FrameStore, texts: Sequence[str]
) -> list[KeptMovie]:
    """The movies that the texts name (by id, or by title with or without year), each once.

    Only the records of these movies are read: their ids follow from the texts, or are Elasticsearch's for these
    titles. All records are read only for a title that it does not know.

    Raises:
        NothingFound: a text matches no movie.
        UsageError: a text matches several; the error lists them.
    """
    selected = {text: list(islice(_with_ids(store, lookup(text).movie_ids), 1)) for text in texts}
    rest = [text for text in selected if not selected[text]]
    for text, ids in zip(rest, await _ids_named(settings, rest), strict=True):
        selected[text] = list(_with_ids(store, ids))
    if not all(selected.values()):
        everything = list(kept_movies(store))
        selected = {
            text: found or lookup(text).exactly(everything) for text, found in selected.items()
        }
    chosen = [_only(text, found) for text, found in selected.items()]
    return list({one.movie_id: one for one in chosen}.values())


def _with_ids(store: FrameStore, movie_ids: Iterable[str]) -> Iterator[KeptMovie]:
    records = (store.of_movie(MovieId(movie_id)) for movie_id in movie_ids)
    return (KeptMovie(one) for one in records if one)


async def _ids_named(settings: Settings, texts: Sequence[str]) -> Sequence[Sequence[str]]:
    """For each text the ids of the movies with this title in Elasticsearch; none if it is unreachable."""
    if texts:
        with suppress(TransientError):
            async with reader(settings) as library:
                named_so = await library.movies_named(texts)
                return [[movie.movie_id for movie in movies] for movies in named_so]
    return [()] * len(texts)


def _only(text: str, matches: Sequence[KeptMovie]) -> KeptMovie:
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
