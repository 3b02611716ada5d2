"""Tables of movies by tags: the true ones, the assigned ones, and both joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

Kind = Literal["genome", "mpst", "drawn", "own"]


@dataclass(frozen=True, slots=True)
class NamedMovie:
    """A movie as a file names it; ``imdb`` is its IMDb id (`tt0114709`), if known."""

    movie_id: str
    title: str
    year: int | None
    imdb: str = ""


@dataclass(frozen=True)
class Reference:
    """What counts as true: ``relevance`` is (movies, tags), 0 to 1.

    For MPST it is 0 or 1, and 0 means "not recorded" rather than "not so"; for a table of one's own ("own") 0 or 1. ``absent`` are scored tags that the
    reference lacks: they are not in ``tags``.
    """

    kind: Kind
    source: str
    movies: tuple[NamedMovie, ...]
    tags: tuple[str, ...]
    relevance: Floats
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assigned:
    """The result of one run: ``counts`` is (movies, tags), ``images`` (movies,) and above 0.

    ``imageless`` are the movies of the file without an image; they are not in ``movies``.
    """

    name: str
    movies: tuple[NamedMovie, ...]
    tags: tuple[str, ...]
    counts: Counts
    images: Counts
    imageless: tuple[NamedMovie, ...] = ()

    @cached_property
    def ratios(self) -> Floats:
        """Appearance ratios, (movies, tags): count / images."""
        ratios: Floats = self.counts / self.images[:, None]
        return ratios


@dataclass(frozen=True)
class Joined:
    """A run and its reference over the same movies and tags.

    ``relevance``, ``counts`` and ``ratios`` are (movies, tags), ``images`` (movies,). ``notes`` say what was left
    out and why.
    """

    movies: tuple[NamedMovie, ...]
    tags: tuple[str, ...]
    relevance: Floats
    counts: Counts
    ratios: Floats
    images: Counts
    notes: tuple[str, ...] = ()

    def part(self, movies: Sequence[int]) -> Joined:
        """The same for some of the movies, in this order."""
        rows = list(movies)
        return Joined(
            tuple(self.movies[row] for row in rows),
            self.tags,
            self.relevance[rows],
            self.counts[rows],
            self.ratios[rows],
            self.images[rows],
            self.notes,
        )


@dataclass(frozen=True)
class JudgedTags:
    """Assigned and true tags: three arrays of (movies, tags).

    ``scores`` rank tags and movies: they are the appearance ratios.
    """

    reference: Flags
    assigned: Flags
    scores: Floats

    def columns(self, columns: Sequence[int]) -> JudgedTags:
        """The same for some of the tags."""
        at = list(columns)
        return JudgedTags(self.reference[:, at], self.assigned[:, at], self.scores[:, at])


def binarize(joined: Joined, relevance: float, min_ratio: float) -> JudgedTags:
    """Apply the thresholds of relevance and ratio.

    Args:
        joined: the run and its reference.
        relevance: the least relevance at which a tag is true of a movie.
        min_ratio: the least appearance ratio at which a tag is assigned, never with count 0; at 0, as in the
            paper, one image is enough.
    """
    assigned = (joined.counts > 0) & (joined.ratios >= min_ratio)
    return JudgedTags(joined.relevance >= relevance, assigned, joined.ratios)
