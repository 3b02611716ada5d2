"""The truth of drawn movies as a reference: it is exact, not estimated."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from movietag.drawn.truth import DemoTruth, read_truth
from movietag.errors import PermanentError, UsageError
from movietag.research.evaluation.tables import NamedMovie, Reference
from movietag.research.evaluation.tags import scored_tags
from movietag.rules.titles import parse_title


def read_drawn(path: Path) -> Reference:
    """The truth of a demo library, from its truth.json.

    Raises:
        UsageError: no such file, or not one of a demo library.
    """
    try:
        truth = read_truth(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}. `movietag demo` draws a library with"
            " its truth.json."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: {error}. Name the truth.json of a library drawn by this version of movietag; draw"
            " it again if the file was cut off."
        ) from None
    return from_truth(truth, path.name)


def from_truth(truth: DemoTruth, source: str) -> Reference:
    """Relevance as drawn (``MovieTruth.relevance``); a tag that is never drawn has 0 for all movies.

    Raises:
        UsageError: no movies, an invalid title, a relevance outside 0 to 1.
    """
    tags = tuple(scored.tag for scored in scored_tags())
    movies = []
    for movie in truth.movies:
        try:
            title = parse_title(movie.line.encode())
        except PermanentError as error:
            raise UsageError(
                f"{source}: line {movie.line[:60]!r}: {error} Draw it again."
            ) from None
        movies.append(NamedMovie(title.movie_id, movie.title, movie.year))
        for tag, value in movie.relevance.items():
            if not 0.0 <= value <= 1.0:
                raise UsageError(
                    f"{source}: {movie.title}: relevance of {tag!r} is {value}, not 0 to 1. Draw it"
                    " again."
                )
    if not movies:
        raise UsageError(f"{source}: no movies. Draw a library with at least one.")
    relevance = [[movie.relevance.get(tag, 0.0) for tag in tags] for movie in truth.movies]
    return Reference("drawn", source, tuple(movies), tags, np.array(relevance, dtype=np.float64))
