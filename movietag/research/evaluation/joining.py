"""Which movie of the reference is the same as a movie of a run: by id, else by title and year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from rapidfuzz import fuzz

from movietag.errors import UsageError
from movietag.research.evaluation.naming import keys, loose_keys
from movietag.research.evaluation.tables import Assigned, Joined, NamedMovie, Reference

MOST_NAMED = 5
MOST_UNKNOWN = 20  # titles that are listed with the nearest one
CLOSE = 75.0  # of 100, by rapidfuzz's normalised edit similarity

Key = tuple[str, ...]


class _Catalogue:
    """The rows of a reference's movies, by id, by the words of their titles, and by their bare letters."""

    def __init__(self, reference: Reference) -> None:
        self._movies = reference.movies
        self._by_id: dict[str, int] = {}
        self._by_title: defaultdict[Key, list[int]] = defaultdict(list)
        for row, movie in enumerate(reference.movies):
            # The genome's own numbers are not movie ids: `300` may be a title.
            own = {movie.imdb} if reference.kind == "genome" else {movie.movie_id, movie.imdb}
            self._by_id.update((known, row) for known in own if known)
            for key in dict.fromkeys(keys(movie.title)):
                if key:
                    self._by_title[key].append(row)

    def find(self, movie: NamedMovie) -> list[int]:
        """The rows that a movie may be; exactly one is a match."""
        for known in (movie.movie_id, movie.movie_id.lower(), movie.imdb):
            if known and known in self._by_id:
                return [self._by_id[known]]
        as_written = {row for key in keys(movie.title) for row in self._by_title.get(key, ())}
        return self._of_year(as_written, movie) or self._of_year(self._alike(movie), movie)

    def nearest(self, movie: NamedMovie) -> NamedMovie | None:
        """The movie whose title is written most like this one's, if any is close."""
        wanted = " ".join(next(keys(movie.title)))
        scored = (
            (fuzz.ratio(wanted, " ".join(key)), -row)
            for key, rows in self._by_title.items()
            for row in rows
        )
        score, row = max(scored, default=(0.0, 0))
        return self._movies[-row] if score >= CLOSE else None

    def _alike(self, movie: NamedMovie) -> set[int]:
        return {
            row for key in loose_keys(movie.title) for row in self._by_letters.get(key, ()) if key
        }

    def _of_year(self, rows: set[int], movie: NamedMovie) -> list[int]:
        years = (None, movie.year)
        close = [
            row for row in sorted(rows) if movie.year is None or self._movies[row].year in years
        ]
        return [row for row in close if self._movies[row].year == movie.year] or close

    @cached_property
    def _by_letters(self) -> Mapping[str, list[int]]:
        """Built when a title is not found as it is written: it takes seconds for 20,000 movies."""
        rows: defaultdict[str, list[int]] = defaultdict(list)
        for row, movie in enumerate(self._movies):
            for key in dict.fromkeys(loose_keys(movie.title)):
                rows[key].append(row)
        return rows


def join(reference: Reference, run: Assigned) -> Joined:
    """The movies that both have, in the run's order, over the reference's tags.

    A tag that the run's vocabulary lacks counts as never assigned. A movie whose title matches several of the
    reference is left out.

    Raises:
        UsageError: no movie, or no unambiguous movie, is in both; or two are the same.
    """
    catalogue = _Catalogue(reference)
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
        raise UsageError(_nothing(reference, run, _with_nearest(unknown, catalogue), unclear))
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
        notes=(
            *_left_out(_with_nearest(unknown, catalogue), unclear, run),
            *_unused(reference, rows_there),
            *_tag_notes(reference, run),
        ),
    )


def _spread(run: Assigned, tags: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The counts of a run in the columns of ``tags``."""
    counts = np.zeros((len(run.movies), len(tags)), dtype=np.int64)
    for place, tag in enumerate(tags):
        if tag in run.tags:
            counts[:, place] = run.counts[:, run.tags.index(tag)]
    return counts


def _with_nearest(movies: Sequence[NamedMovie], catalogue: _Catalogue) -> list[str]:
    """The movies that the reference lacks; the first ones with what is written most alike."""
    texts = []
    for movie in movies[:MOST_UNKNOWN]:
        nearest = catalogue.nearest(movie)
        texts.append(_named(movie) + (f" (nearest: {_named(nearest)})" if nearest else ""))
    return texts + [_named(movie) for movie in movies[MOST_UNKNOWN:]]


def _left_out(
    unknown: Sequence[str], unclear: Sequence[NamedMovie], run: Assigned
) -> Iterator[str]:
    told = (
        (unknown, MOST_UNKNOWN, "not in the reference"),
        (_all(unclear), MOST_NAMED, "the title means several movies of the reference"),
        (_all(run.imageless), MOST_NAMED, "no image was counted"),
    )
    for titles, most, why in told:
        if titles:
            yield f"{_many(titles, 'movie')} left out: {why}: {_list(titles, most)}."


def _unused(reference: Reference, rows: Sequence[int]) -> Iterator[str]:
    """The lines of a reference of one's own that no movie has matched."""
    used = set(rows)
    rest = [movie for row, movie in enumerate(reference.movies) if row not in used]
    if rest and reference.kind == "own":
        titles = [_named(movie) or movie.movie_id for movie in rest]
        yield f"{_many(rest, 'line')} of the reference without a movie: {_list(titles)}."


def _tag_notes(reference: Reference, run: Assigned) -> Iterator[str]:
    lacking = [tag for tag in reference.tags if tag not in run.tags]
    if reference.absent:
        yield (
            f"{_many(reference.absent, 'tag')} not scored, because the reference lacks them:"
            f" {', '.join(reference.absent)}."
        )
    if lacking:
        yield (
            f"{_many(lacking, 'tag')} of the reference missing in the run, counted as never assigned:"
            f" {_list(lacking)}."
        )


def _nothing(
    reference: Reference, run: Assigned, unknown: Sequence[str], unclear: Sequence[NamedMovie]
) -> str:
    why = f"{len(unknown)} are not in it"
    if unclear:
        why += f", {len(unclear)} may be several of it"
    return (
        f"{run.name}: none of its {len(run.movies)} movies matches one in {reference.source}"
        f" ({why}: {_list([*_all(unclear), *unknown])}). Titles must be spelled as there and have their"
        " year; or send them with movie_id set to the IMDb id (tt0114709)."
    )


def _many(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _all(movies: Sequence[NamedMovie]) -> list[str]:
    return [_named(movie) for movie in movies]


def _list(texts: Sequence[str], most: int = MOST_NAMED) -> str:
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")


def _named(movie: NamedMovie) -> str:
    return f"{movie.title} ({movie.year})" if movie.year else movie.title
