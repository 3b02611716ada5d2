"""Reading the tags that a run assigned: the table of `movietag export`, or JSON of `movietag search`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from movietag.documents import TagCount
from movietag.errors import UsageError
from movietag.research.evaluation.reading import Progress, ignore_progress, opened
from movietag.research.evaluation.tables import Assigned, NamedMovie
from movietag.research.evaluation.tags import scored_tags
from movietag.search.naming import FORMULA
from movietag.vocabulary import Vocabulary

COLUMNS = ("movie_id", "title", "year", "images", "tag", "count", "ratio")
GET_IT = "Name a file written by `movietag export` (CSV) or `movietag search --json` (JSON)."
_PROTECTED = re.compile(f"'(?=[{re.escape(''.join(FORMULA))}])")
"""The ' that the export puts before a text that a spreadsheet would run as a formula."""
SLACK = 1e-5  # the export rounds ratios to six digits

Found = tuple[NamedMovie, int, dict[str, int]]  # movie, its images, tag -> count


def read_assigned(
    path: Path,
    progress: Progress = ignore_progress,
    *,
    vocabulary: Vocabulary | None = None,
) -> Assigned:
    """Counts and images of all movies and tags of a run, which is named after its file.

    Args:
        path: the file.
        progress: receives the bytes read.
        vocabulary: whose tags are scored; default: the 71 tags of MPST.

    Raises:
        UsageError: it is not such a file, or its numbers contradict each other.
    """
    if path.suffix.lower() == ".json":
        return _assigned(path, _read_json(path), vocabulary)
    return _assigned(path, _read_csv(path, progress), vocabulary)


def _assigned(path: Path, rows: Iterable[Found], vocabulary: Vocabulary | None) -> Assigned:
    everything = list(rows)
    tags = vocabulary.tags if vocabulary else tuple(scored.tag for scored in scored_tags())
    known = {tag for _, _, counts in everything for tag in counts}
    if not everything:
        raise UsageError(f"{path}: no movies. {GET_IT}")
    ours = tuple(tag for tag in tags if tag in known)
    if not ours:
        there = ", ".join(sorted(known)[:5])
        raise UsageError(
            f"{path}: none of its tags ({there}) is in the vocabulary {vocabulary.name}. Name the one that it"
            " was counted with: --vocabulary FILE."
            if vocabulary
            else f"{path}: none of its tags is one of the {len(tags)} of MPST, which are scored. Was it"
            " counted with MOVIETAG_VOCABULARY=mpst?"
        )
    seen = [item for item in everything if item[1]]
    if not seen:
        raise UsageError(f"{path}: no movie has an image yet. Wait for the run, then export again.")
    return Assigned(
        name=path.stem,
        movies=tuple(movie for movie, _, _ in seen),
        tags=ours,
        counts=np.array([[row.get(tag, 0) for tag in ours] for *_, row in seen], dtype=np.int64),
        images=np.array([images for _, images, _ in seen], dtype=np.int64),
        imageless=tuple(movie for movie, images, _ in everything if not images),
    )


def _read_csv(path: Path, progress: Progress) -> list[Found]:
    movies: dict[str, Found] = {}
    with opened(path, COLUMNS, progress, get_it=GET_IT) as table:
        for row in table.rows():
            movie_id, title, year, images, tag, count, ratio = (row[at] for at in table.places)
            movie_id, tag = _PROTECTED.sub("", movie_id, 1), _PROTECTED.sub("", tag, 1)
            shown, of = table.whole(count, "count"), table.whole(images, "images")
            share = table.number(ratio, "ratio", 0.0, 1.0)
            if shown > of or abs(share - (shown / of if of else 0.0)) > SLACK:
                table.fail(f"count {shown}, images {of} and ratio {share:g} do not fit", GET_IT)
            named = NamedMovie(
                movie_id,
                _PROTECTED.sub("", title, 1),
                table.whole(year, "year") if year else None,
            )
            _, images_before, counts = movies.setdefault(movie_id, (named, of, {}))
            if tag in counts:
                table.fail(
                    f"{title!r} has {tag!r} twice",
                    "Are there two taggers in the index? Export one at a time.",
                )
            if images_before != of:
                table.fail(f"{title!r} has {of} images here and {images_before} before", GET_IT)
            counts[tag] = shown
    return list(movies.values())


class _Movie(msgspec.Struct, frozen=True):
    movie_id: str
    title: str
    images: int
    tags: dict[str, TagCount]
    year: int | None = None


class _Movies(msgspec.Struct, frozen=True):
    movies: tuple[_Movie, ...]


def _read_json(path: Path) -> list[Found]:
    try:
        movies = msgspec.json.decode(path.read_bytes(), type=_Movies).movies
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}. {GET_IT}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}. Was it cut off? {GET_IT}") from None
    if len({movie.movie_id for movie in movies}) < len(movies):
        raise UsageError(f"{path}: a movie is listed twice. Are there two taggers in the index?")
    for movie in movies:
        for tag, count in movie.tags.items():
            if not 0 <= count.count <= movie.images:
                raise UsageError(
                    f"{path}: {movie.title!r}: {tag!r} in {count.count} of {movie.images} images."
                    f" {GET_IT}"
                )
    return [
        (
            NamedMovie(movie.movie_id, movie.title, movie.year),
            movie.images,
            {tag: count.count for tag, count in movie.tags.items()},
        )
        for movie in movies
    ]
