"""Which movie of the reference is the same as a movie of a run: by id, else by title and year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from movietag.errors import UsageError
from movietag.research.evaluation.naming import keys
from movietag.research.evaluation.tables import Assigned, Joined, NamedMovie, Reference

MOST_NAMED = 5

Key = tuple[str, ...]


@dataclass(frozen=True)
class _Catalogue:
    """The rows of a reference's movies, by id and by the words of their titles."""

    movies: Sequence[NamedMovie]
    by_id: Mapping[str, int]
    by_title: Mapping[Key, list[int]]

    def find(self, movie: NamedMovie) -> list[int]:
        """The rows that a movie may be; exactly one is a match."""
        for known in (movie.movie_id, movie.movie_id.lower(), movie.imdb):
            if known and known in self.by_id:
                return [self.by_id[known]]
        rows = {row for key in keys(movie.title) for row in self.by_title.get(key, ())}
        years = (None, movie.year)
        close = [
            row for row in sorted(rows) if movie.year is None or self.movies[row].year in years
        ]
        exact = [row for row in close if self.movies[row].year == movie.year]
        return exact or close


def _catalogue(reference: Reference) -> _Catalogue:
    by_id: dict[str, int] = {}
    by_title: defaultdict[Key, list[int]] = defaultdict(list)
    for row, movie in enumerate(reference.movies):
        # The genome's own numbers are not movie ids: `300` may be a title.
        for known in {movie.imdb} if reference.kind == "genome" else {movie.movie_id, movie.imdb}:
            if known:
                by_id[known] = row
        for key in dict.fromkeys(keys(movie.title)):
            if key:
                by_title[key].append(row)
    return _Catalogue(reference.movies, by_id, by_title)


def join(reference: Reference, run: Assigned) -> Joined:
    """The movies that both have, in the run's order, over the reference's tags.

    A tag that the run's vocabulary lacks counts as never assigned. A movie whose title matches several of the
    reference is left out.

    Raises:
        UsageError: no movie, or no unambiguous movie, is in both; or two are the same.
    """
    catalogue = _catalogue(reference)
    pairs: list[tuple[int, int]] = []
    unknown: list[NamedMovie] = []
    unclear: list[NamedMovie] = []
    taken: dict[int, NamedMovie] = {}
    for mine, movie in enumerate(run.movies):
        rows = catalogue.find(movie)
        if len(rows) != 1:
            (unclear if rows else unknown).append(movie)
            continue
        other = taken.setdefault(rows[0], movie)
        if other is not movie:
            raise UsageError(
                f"{run.name}: {_named(other)} and {_named(movie)} are one movie of"
                f" {reference.source}. `movietag forget` takes one of them out."
            )
        pairs.append((mine, rows[0]))
    if not pairs:
        raise UsageError(_nothing(reference, run, unknown, unclear))
    mine_rows, rows_there = (list(column) for column in zip(*pairs, strict=True))
    counts = _spread(run, reference.tags)[mine_rows]
    images = run.images[mine_rows]
    return Joined(
        movies=tuple(run.movies[row] for row in mine_rows),
        tags=reference.tags,
        relevance=reference.relevance[rows_there],
        counts=counts,
        ratios=counts / images[:, None],
        images=images,
        notes=tuple(_notes(reference, run, unknown, unclear)),
    )


def _spread(run: Assigned, tags: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The counts of a run in the columns of ``tags``."""
    counts = np.zeros((len(run.movies), len(tags)), dtype=np.int64)
    for place, tag in enumerate(tags):
        if tag in run.tags:
            counts[:, place] = run.counts[:, run.tags.index(tag)]
    return counts


def _notes(
    reference: Reference, run: Assigned, unknown: list[NamedMovie], unclear: list[NamedMovie]
) -> list[str]:
    lacking = [tag for tag in reference.tags if tag not in run.tags]
    told = (
        (unknown, "left out: not in the reference"),
        (unclear, "left out: the title means several movies of the reference"),
        (list(run.imageless), "left out: no image was counted"),
    )
    notes = [f"{_many(movies, 'movie')} {why}: {_list(movies)}." for movies, why in told if movies]
    if reference.absent:
        notes.append(
            f"{_many(reference.absent, 'tag')} not scored, because the reference lacks them:"
            f" {', '.join(reference.absent)}."
        )
    if lacking:
        listed = ", ".join(lacking[:MOST_NAMED]) + (", …" if len(lacking) > MOST_NAMED else "")
        notes.append(
            f"{_many(lacking, 'tag')} of the reference missing in the run, counted as never assigned:"
            f" {listed}."
        )
    return notes


def _nothing(
    reference: Reference, run: Assigned, unknown: list[NamedMovie], unclear: list[NamedMovie]
) -> str:
    why = f"{len(unknown)} are not in it"
    if unclear:
        why += f", {len(unclear)} may be several of it"
    return (
        f"{run.name}: none of its {len(run.movies)} movies matches one in {reference.source}"
        f" ({why}: {_list([*unclear, *unknown])}). Titles must be spelled as there and have their"
        " year; or send them with movie_id set to the IMDb id (tt0114709)."
    )


def _many(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _list(movies: Sequence[NamedMovie]) -> str:
    more = ", …" if len(movies) > MOST_NAMED else ""
    return ", ".join(_named(movie) for movie in movies[:MOST_NAMED]) + more


def _named(movie: NamedMovie) -> str:
    return f"{movie.title} ({movie.year})" if movie.year else movie.title
