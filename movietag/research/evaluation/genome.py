"""Reading the MovieLens Tag Genome, in all its published layouts.

``ml-20m`` and ``ml-25m`` (genome-scores.csv, genome-tags.csv, movies.csv, links.csv), the same under
the names of copies on Kaggle (genome_scores.csv, movie.csv, …), and Tag Genome 2021 (scores/tagdl.csv or
scores/glmer.csv, raw/metadata.json). Vig, Sen, Riedl: The Tag Genome (ACM TiiS 2(3), 2012).

The csv module reads the scores as a stream: on rows of text and numbers it takes 0.6 of the time of numpy's
readers, and it knows the line. Only the scored tags are retained, about 75 numbers per movie.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from movietag.errors import UsageError
from movietag.research.evaluation.metadata import read_metadata
from movietag.research.evaluation.naming import imdb_id
from movietag.research.evaluation.reading import Progress, Table, ignore_progress, opened
from movietag.research.evaluation.tables import NamedMovie, Reference
from movietag.research.evaluation.tags import scored_tags
from movietag.search.naming import split_year

SCORES = ("genome-scores.csv", "genome_scores.csv")
TAGS = ("genome-tags.csv", "genome_tags.csv")
MOVIES = ("movies.csv", "movie.csv")
LINKS = ("links.csv", "link.csv")
SCORES_2021 = ("scores/tagdl.csv", "scores/glmer.csv", "tagdl.csv", "glmer.csv")
METADATA_2021 = ("raw/metadata.json", "raw/metadata_updated.json", "metadata.json")
BOUNDS = (0.0, 1.0)
BOUNDS_2021 = (-0.25, 1.25)
"""According to its README, tagdl is in -0.07 to 1.13 by construction. Values outside 0 to 1 are clipped."""
GET_IT = (
    "Name the unpacked folder of ml-25m, ml-20m or Tag Genome 2021 as GroupLens publishes it"
    " (grouplens.org/datasets)."
)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a genome stores its scores, with which column names, and its other tables."""

    scores: Path
    columns: tuple[str, str, str]  # movie, tag, relevance
    bounds: tuple[float, float]
    tags: Mapping[str, str] | None  # tag id -> tag; None: the scores name the tags themselves
    movies: Mapping[str, NamedMovie]


def read_genome(folder: Path, progress: Progress = ignore_progress) -> Reference:
    """The relevance of the scored tags for each movie of a genome; of several genome tags, the highest.

    Raises:
        UsageError: a file is missing or not as published; the text names file, line and remedy.
    """
    layout = _layout(folder)
    wanted = {name for scored in scored_tags() for name in scored.genome}
    names = sorted(wanted if layout.tags is None else wanted & set(layout.tags.values()))
    relevances, seen = _relevances(layout, names, progress)
    present = [name for name in names if name in seen]
    if not relevances:
        raise UsageError(
            f"{layout.scores}: no relevance of any of the {len(wanted)} tags that are scored. {GET_IT}"
        )
    _refuse_gaps(layout.scores, relevances, names, present)
    table = np.array(list(relevances.values()), dtype=np.float64).clip(0.0, 1.0)
    places = {
        scored.tag: [names.index(name) for name in scored.genome if name in seen]
        for scored in scored_tags()
    }
    tags = tuple(tag for tag, at in places.items() if at)
    return Reference(
        kind="genome",
        source=layout.scores.parent.name or str(layout.scores),
        movies=tuple(layout.movies[movie] for movie in relevances),
        tags=tags,
        relevance=np.stack([table[:, places[tag]].max(axis=1) for tag in tags], axis=1),
        absent=tuple(tag for tag, at in places.items() if not at),
    )


def _layout(folder: Path) -> _Layout:
    if scores := _first(folder, SCORES):
        tags = _read_pairs(_needed(folder, TAGS), ("tagId", "tag"))
        movies = _read_movies(_needed(folder, MOVIES), _first(folder, LINKS))
        return _Layout(scores, ("movieId", "tagId", "relevance"), BOUNDS, tags, movies)
    if scores := _first(folder, SCORES_2021):
        movies = read_metadata(_needed(folder, METADATA_2021))
        return _Layout(scores, ("item_id", "tag", "score"), BOUNDS_2021, None, movies)
    raise UsageError(f"{folder} holds neither {SCORES[0]} nor {SCORES_2021[0]}. {GET_IT}")


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _needed(folder: Path, names: Sequence[str]) -> Path:
    files = _first(folder, names)
    if files is None:
        raise UsageError(f"{folder} has no {' or '.join(names)} next to its scores. {GET_IT}")
    return files


def _read_pairs(path: Path, columns: tuple[str, str]) -> dict[str, str]:
    """A table of an id and a text."""
    pairs: dict[str, str] = {}
    with opened(path, columns, get_it=GET_IT) as table:
        key, value = table.places
        for row in table.rows():
            if row[key] in pairs:
                table.fail(f"{columns[0]} {row[key]} is listed twice", GET_IT)
            pairs[row[key]] = row[value]
    return pairs


def _read_movies(path: Path, links: Path | None) -> dict[str, NamedMovie]:
    imdb = _read_pairs(links, ("movieId", "imdbId")) if links else {}
    movies = {}
    for movie_id, text in _read_pairs(path, ("movieId", "title")).items():
        title, year = split_year(text)
        movies[movie_id] = NamedMovie(movie_id, title, year, imdb_id(imdb.get(movie_id, "")))
    return movies


def _relevances(
    layout: _Layout, names: Sequence[str], progress: Progress
) -> tuple[dict[str, array[float]], set[str]]:
    """Movie -> its relevances by index in ``names`` (NaN if missing); and the names that occur."""
    of = {name: column for column, name in enumerate(names)}
    columns = of if layout.tags is None else {k: of.get(tag, -1) for k, tag in layout.tags.items()}
    empty = array("d", [math.nan] * len(names))
    relevances: dict[str, array[float]] = {}
    seen: set[int] = set()
    count = 0
    with opened(layout.scores, layout.columns, progress, get_it=GET_IT) as table:
        at_movie, at_tag, at_score = table.places
        for row in table.rows():
            count += 1
            column = columns.get(row[at_tag])
            if column is None:
                if layout.tags is not None:
                    table.fail(f"tagId {row[at_tag]!r} is not in {TAGS[0]}", _TOGETHER)
                continue
            if column < 0:
                continue
            mine = relevances.get(row[at_movie])
            if mine is None:
                if row[at_movie] not in layout.movies:
                    table.fail(f"movie {row[at_movie]!r} is not among the movies", _TOGETHER)
                mine = relevances[row[at_movie]] = empty[:]
            if mine[column] == mine[column]:
                table.fail(f"movie {row[at_movie]} has tag {row[at_tag]!r} twice", GET_IT)
            mine[column] = table.number(row[at_score], layout.columns[2], *layout.bounds)
            seen.add(column)
        if layout.tags is not None and relevances and count != len(relevances) * len(layout.tags):
            _refuse_count(table, count, len(relevances), len(layout.tags))
    return relevances, {names[column] for column in seen}


_TOGETHER = "Use files of a single release."


def _refuse_count(table: Table, rows: int, movies: int, tags: int) -> None:
    table.fail(
        f"the file ends after {rows:,} rows, but {movies:,} movies with {tags:,} tags each are"
        f" {movies * tags:,}",
        "A genome has every tag for every movie: the file was cut off or reduced; get it again.",
    )


def _refuse_gaps(
    path: Path, relevances: Mapping[str, array[float]], names: Sequence[str], seen: Sequence[str]
) -> None:
    columns = [names.index(name) for name in seen]
    for movie, mine in relevances.items():
        for column in columns:
            if math.isnan(mine[column]):
                raise UsageError(
                    f"{path}: movie {movie} has no relevance for {names[column]!r}, others do. A genome"
                    " has every tag for every movie: the file was cut off; get it again."
                )
