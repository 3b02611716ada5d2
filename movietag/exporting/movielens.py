"""Tags in the form of MovieLens: tags.csv, and links.csv, which says what its movie ids stand for."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from movietag.errors import UsageError
from movietag.exporting.catalogue_ids import known_imdb, known_tmdb
from movietag.exporting.nfo_files import strong_tags
from movietag.exporting.tables import safe
from movietag.search.results import Movie

USER: Final = 1  # of all tags: there is one user, movietag
FIRST_OWN: Final = 1 << 40  # MovieLens's own ids are far below
TAGS: Final = ("userId", "movieId", "tag", "timestamp")
LINKS: Final = ("movieId", "imdbId", "tmdbId")
TITLES: Final = ("movieId", "title", "genres")
NO_GENRES: Final = "(no genres listed)"


@dataclass(frozen=True, slots=True)
class MovieLensIds:
    """The ids of MovieLens, by those of IMDb (digits, without `tt`) and TMDB."""

    imdb: dict[int, int]
    tmdb: dict[int, int]

    def of(self, movie_id: str) -> int:
        """The id of a movie: MovieLens's own where it is known, else one made of our id, always the same."""
        known = known_imdb(movie_id)
        number = known_tmdb(movie_id)
        if known and (own := self.imdb.get(int(known[2:]))):
            return own
        if number and (own := self.tmdb.get(number)):
            return own
        digest = hashlib.sha256(movie_id.encode()).digest()
        return FIRST_OWN + int.from_bytes(digest[:6])


def read_links(path: Path | None) -> MovieLensIds:
    """The ids in a links.csv of MovieLens; without a path none.

    Raises:
        UsageError: it cannot be read, or is not a links.csv; the text names the line.
    """
    ids = MovieLensIds({}, {})
    if path is None:
        return ids
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            if tuple(next(rows, ())) != LINKS:
                raise UsageError(
                    f"{path} is not a links.csv: its columns must be {', '.join(LINKS)}."
                )
            for own, imdb, tmdb in rows:
                if imdb:
                    ids.imdb[int(imdb)] = int(own)
                if tmdb:
                    ids.tmdb[int(tmdb)] = int(own)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, csv.Error):
        raise UsageError(
            f"{path}, line {rows.line_num}: not three numbers, movieId,imdbId,tmdbId."
        ) from None
    return ids


async def write_movielens(
    movies: AsyncIterator[Movie], folder: Path, ids: MovieLensIds, min_ratio: float
) -> tuple[int, int]:
    """Write tags.csv, links.csv and movies.csv into an existing folder; returns the numbers of movies and of tags."""
    seen: set[str] = set()
    written = 0
    with (
        _table(folder / "tags.csv") as tags_file,
        _table(folder / "links.csv") as links_file,
        _table(folder / "movies.csv") as titles_file,
    ):
        tags, links, titles = map(csv.writer, (tags_file, links_file, titles_file))
        tags.writerow(TAGS)
        links.writerow(LINKS)
        titles.writerow(TITLES)
        async for movie in movies:
            rows = list(_tag_rows(movie, ids.of(movie.movie_id), min_ratio))
            if not rows or movie.movie_id in seen:
                continue
            seen.add(movie.movie_id)
            written += len(rows)
            own = ids.of(movie.movie_id)
            tags.writerows(rows)
            imdb = known_imdb(movie.movie_id)
            links.writerow((own, imdb[2:] if imdb else "", known_tmdb(movie.movie_id) or ""))
            titles.writerow((own, safe(_with_year(movie)), NO_GENRES))
    return len(seen), written


def _table(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _tag_rows(movie: Movie, own: int, min_ratio: float) -> Iterator[tuple[int, int, str, int]]:
    for tag in strong_tags(movie, min_ratio):
        yield USER, own, safe(tag), movie.updated_ms // 1000


def _with_year(movie: Movie) -> str:
    return f"{movie.title} ({movie.year})" if movie.year else movie.title
