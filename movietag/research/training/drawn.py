"""Drawn movies as a source of frames: the tags of each shot are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from movietag.drawn.heldout import sampled
from movietag.drawn.truth import DemoTruth
from movietag.errors import UsageError
from movietag.research.evaluation.drawn import from_truth
from movietag.research.evaluation.tables import NamedMovie
from movietag.research.training.sources import SourceFrame


class DrawnSource:
    """The movies of a drawn library, sampled as in the pipeline, with the tags of each shot.

    Args:
        truth: what was drawn.
        videos: the folder of the files, ``<video id>.mp4``.
    """

    def __init__(self, truth: DemoTruth, videos: Path, name: str = "drawn") -> None:
        self._videos = videos
        self._name = name
        self._movies = from_truth(truth, name).movies
        self._truth = dict(
            zip((movie.movie_id for movie in self._movies), truth.movies, strict=True)
        )

    @property
    def name(self) -> str:
        """The library's name."""
        return self._name

    def movies(self) -> Sequence[NamedMovie]:
        """All movies that are drawn."""
        return self._movies

    def frames(self, movie: NamedMovie) -> Iterator[SourceFrame]:
        """The frames of the videos that a good ranking selects."""
        drawn = self._truth[movie.movie_id]
        for video in (drawn.video(one) for one in drawn.winners):
            path = self._videos / f"{video.video_id}.mp4"
            if not path.is_file():
                raise UsageError(f"{path} does not exist. Draw the library again.")
            for slot, jpeg, tags in sampled(video, path):
                yield SourceFrame(f"{video.video_id}:{slot}", jpeg, tags)
