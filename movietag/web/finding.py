"""What both the REST API and the pages look up: the same movies and scenes, with lifts and thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from movietag.documents import FRAMES, MOVIES
from movietag.search.converting import lifted
from movietag.search.query import Node
from movietag.search.query.normal_form import positive_tags, to_nnf
from movietag.search.ranking import By, MovieSearch
from movietag.search.results import Movie, Movies, Scenes
from movietag.search.scenes import SceneSearch, scenes
from movietag.search.stills import stills
from movietag.web.library import Library
from movietag.web.thumbnails import address

STILLS: Final = 5  # of a movie


async def found_movies(
    library: Library, where: Node, by: By | None, limit: int, further: str
) -> Movies:
    """A page of the movies that fit.

    Raises:
        TransientError, UsageError, GoneError: as ``Reader.movies``.
    """
    place = await library.place(MOVIES, further)
    search = MovieSearch(where, by, limit, await library.lifts(), place)
    found = await library.reader.movies(search)
    movies = await _pictured(library, found.movies, positive_tags(to_nnf(where)))
    return msgspec.structs.replace(found, movies=tuple(movies))


async def found_scenes(library: Library, where: Node, limit: int, further: str) -> Scenes:
    """A page of the scenes that fit.

    Raises:
        TransientError, UsageError, GoneError: as ``scenes``.
    """
    place = await library.place(FRAMES, further)
    search = SceneSearch(where, limit, library.settings.scene_gap, place)
    found = await scenes(library.reader, search)
    shown = tuple(library.thumbnails.of_scene(scene) for scene in found.scenes)
    return msgspec.structs.replace(found, scenes=shown)


async def shown_movie(library: Library, movie_id: str) -> Movie:
    """A movie with its lifts.

    Raises:
        NothingFound: there is none.
        TransientError: as ``Reader``.
    """
    movie = lifted(await library.reader.by_id(movie_id), await library.lifts())
    (pictured,) = await _pictured(library, [movie], ())
    return pictured


async def _pictured(
    library: Library, movies: Sequence[Movie], tags: Sequence[str]
) -> Sequence[Movie]:
    """The movies with the addresses of some thumbnails, where frames are kept."""
    if not library.thumbnails.kept:
        return movies
    movie_ids = list(dict.fromkeys(movie.movie_id for movie in movies))
    found = await stills(library.reader, movie_ids, tags, STILLS)
    return [
        msgspec.structs.replace(
            movie,
            thumbnails=tuple(
                address(frame.movie_id, frame.video_id, frame.slot)
                for frame in found.get(movie.movie_id, ())
            ),
        )
        for movie in movies
    ]
