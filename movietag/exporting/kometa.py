"""Tags as labels of Plex, in a metadata file of Kometa: labels are added, none of others is touched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

import msgspec

from movietag.exporting.catalogue_ids import known_imdb, known_tmdb
from movietag.exporting.nfo import xml_text
from movietag.exporting.nfo_files import strong_tags
from movietag.exporting.searched import Seen
from movietag.search.naming import named
from movietag.search.results import Movie

HEAD: Final = b"# Written by movietag: a metadata file of Kometa. It only adds labels.\nmetadata:\n"


async def kometa_metadata(
    movies: AsyncIterator[Movie], min_ratio: float, seen: Seen | None = None
) -> AsyncGenerator[bytes, None]:
    """The metadata file (YAML): an entry per movie that has a tag of at least ``min_ratio``.

    ``seen`` receives the id of each of them. A movie is matched by its id at TMDB or IMDb where it is known, else by title and year.
    """
    written = False
    names: set[str] = set()
    async for movie in movies:
        tags = strong_tags(movie, min_ratio)
        if tags and movie.movie_id not in names:
            names.add(movie.movie_id)
            if seen:
                seen(movie.movie_id)
            yield (b"" if written else HEAD) + _entry(movie, tags)
            written = True
    if not written:
        yield HEAD.rstrip() + b" {}\n"


def _entry(movie: Movie, tags: tuple[str, ...]) -> bytes:
    known = known_tmdb(movie.movie_id) or known_imdb(movie.movie_id)
    if known:
        lines = [f"  {known if isinstance(known, int) else _text(known)}:"]
    else:  # the key is only a name then: two movies of one title need two
        lines = [
            f"  {_text(f'{named(movie.title, movie.year)} [{movie.movie_id}]')}:",
            "    match:",
            f"      title: {_text(movie.title)}",
            *([f"      year: {movie.year}"] if movie.year else []),
        ]
    lines += ["    label:", *(f"      - {_text(tag)}" for tag in tags)]
    return ("\n".join(lines) + "\n").encode()


def _text(text: str) -> str:
    """A double-quoted scalar of YAML: a JSON string is one; what XML forbids YAML does, too."""
    return msgspec.json.encode(xml_text(text)).decode()
