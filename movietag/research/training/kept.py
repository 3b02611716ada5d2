"""Stored frames as a source: the frames that the pipeline has sampled, with the origin of each in its video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from movietag.errors import UsageError
from movietag.frames.store import FrameStore
from movietag.records import MovieId
from movietag.research.evaluation.naming import imdb_id
from movietag.research.evaluation.tables import NamedMovie
from movietag.research.training.sources import SourceFrame
from movietag.rules.links import link


class KeptSource:
    """The movies of a frame store. The tags of single frames are unknown: sentences are per movie."""

    def __init__(self, store: FrameStore) -> None:
        self._store = store

    @property
    def name(self) -> str:
        """The store's address."""
        return self._store.url

    def movies(self) -> Sequence[NamedMovie]:
        """The movies with stored frames."""
        movies = []
        for records in self._store.everything():
            job = records[0].job
            imdb = imdb_id(job.movie_id) if job.movie_id.startswith("tt") else ""
            movies.append(NamedMovie(job.movie_id, job.context.title, job.context.year, imdb))
        if not movies:
            raise UsageError(f"{self.name} has no frames yet. `movietag frames list` shows them.")
        return movies

    def frames(self, movie: NamedMovie) -> Iterator[SourceFrame]:
        """The frames of its videos; a frame that was pruned meanwhile is skipped."""
        for kept in self._store.of_movie(MovieId(movie.movie_id)):
            manifest = kept.manifest
            for slot, _ in kept.frames:
                data = self._store.read(
                    manifest.movie_id, manifest.video_id, slot.slot, manifest.generation
                )
                if data is not None:
                    yield SourceFrame(link(kept.job.video.url, slot.time), data)
