"""Compares what the pipeline counted with what was drawn; expectations come from the drawing alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from movietag import topics
from movietag.documents import FRAMES, MOVIE_TAGS, MOVIES
from movietag.drawn.truth import (
    DemoTruth,
    ExpectedMovie,
    FoundFrame,
    MovieTruth,
    TruthComparison,
    VideoTruth,
    compare,
    expected_movie,
)
from movietag.frames.sampling import targets
from movietag.kafka.catching_up import wait_until_caught_up
from movietag.kafka.lag import INDEX_GROUP
from movietag.records import ENDS_IN_HALF, MovieId, Title
from movietag.rules.planning import sampling
from movietag.rules.titles import parse_title
from movietag.search.client import connected
from movietag.search.naming import NothingFound
from movietag.search.query.nodes import Field
from movietag.search.reader import reader
from movietag.search.results import Frame, Movie
from movietag.search.scenes import frames
from movietag.settings import Settings
from movietag.vocabulary import load

MOST_FRAMES = 1000  # of a movie; far more than its cap


@dataclass(frozen=True, slots=True)
class Checked:
    """One movie of the index, its frames, and the expected result."""

    movie: Movie
    frames: tuple[Frame, ...]
    expected: (
        ExpectedMovie | None
    )  # None: the search has no result for this title; it must have failed
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoVerdict:
    """All movies, and a comparison of the tag ratios with the truth."""

    movies: tuple[Checked, ...]
    comparison: TruthComparison

    @property
    def faults(self) -> tuple[str, ...]:
        """Every difference from the expectation, in words."""
        return tuple(fault for checked in self.movies for fault in checked.faults)


async def wait_until_searchable(settings: Settings) -> None:
    """Wait until the index stage has written all counts, and searches see them.

    A movie may become visible as complete shortly before its last frames.
    """
    await wait_until_caught_up(settings, "index", INDEX_GROUP, topics.DOCUMENTS, lambda *_: None)
    async with connected(settings) as es:
        await es.indices.refresh(index=[MOVIES, MOVIE_TAGS, FRAMES])


async def check_against_truth(settings: Settings, truth: DemoTruth) -> DemoVerdict:
    """Read the index and compare it with the drawn truth."""
    checked: list[Checked] = []
    async with reader(settings) as library:
        for line in truth.lines:
            title = parse_title(line.encode())
            try:
                movie = await library.movie(title.movie_id)
            except NothingFound:
                raise NothingFound(f"{title.title} is not in the index.") from None
            of_movie = Field("movie", title.movie_id)
            counted = await frames(library, of_movie, MOST_FRAMES)
            drawn = next((item for item in truth.movies if item.line == line), None)
            wanted = _expected(drawn, settings) if drawn else None
            faults = _faults(movie, counted, drawn, wanted, settings)
            checked.append(Checked(movie, counted, wanted, tuple(faults)))
    found = (
        FoundFrame(item.movie.title, frozenset(frame.tags))
        for item in checked
        for frame in item.frames
    )
    wanted_by_title = {item.movie.title: item.expected for item in checked if item.expected}
    return DemoVerdict(tuple(checked), compare(found, wanted_by_title))


def _expected(drawn: MovieTruth, settings: Settings) -> ExpectedMovie:
    def instants(video: VideoTruth) -> Sequence[float]:
        return targets(video.seconds, sampling(Title(drawn.title, MovieId("demo")), 1, settings))

    return expected_movie(drawn, instants)


def _faults(
    movie: Movie,
    frames: Sequence[Frame],
    drawn: MovieTruth | None,
    wanted: ExpectedMovie | None,
    settings: Settings,
) -> list[str]:
    """What is wrong with a movie, in words."""
    if drawn is None or wanted is None:
        return [] if movie.status == "failed" else [f"{movie.title} is {movie.status}, not failed"]
    faults = []
    if movie.status != "complete":
        faults.append(f"{movie.title} is {movie.status}, not complete")
    used = {
        video.video_id.rpartition(":")[2] for video in movie.videos if video.status == "fetched"
    }
    if used != set(drawn.winners):
        faults.append(f"{movie.title} was tagged from {sorted(used)}, not {sorted(drawn.winners)}")
    if movie.images != wanted.images:
        faults.append(f"{movie.title} has {movie.images} images, not {wanted.images}")
    if len(frames) != movie.images:
        faults.append(f"{movie.title} has {len(frames)} frames in the index, not {movie.images}")
    match = load(settings.vocabulary, settings.match).match
    again = Counter(
        tag for frame in frames for tag in match(frame.caption, cut=frame.quality in ENDS_IN_HALF)
    )
    counted = {tag: count.count for tag, count in movie.tags.items()}
    if dict(again) != counted:
        faults.append(f"{movie.title}: its captions give {dict(again)}, its document {counted}")
    return faults
