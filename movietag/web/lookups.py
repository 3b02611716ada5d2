"""Lookups shared by the REST API and the pages: movies and scenes, with lifts and thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from movietag.documents import FRAMES, MOVIES
from movietag.search.converting import lifted
from movietag.search.cursors import Cursor
from movietag.search.ranking import By, MovieSearch
from movietag.search.results import Movie, Movies, Scenes
from movietag.search.scene_orders import SceneBy
from movietag.search.scenes import SceneSearch, scenes
from movietag.search.stills import stills
from movietag.search.understanding import Understood
from movietag.web.library import Library
from movietag.web.thumbnails import thumbnail_path

STILLS: Final = 5  # per movie


async def movies_page(
    library: Library, where: Understood, by: By | None, limit: int, cursor: Cursor | None
) -> Movies:
    """A page of matching movies; without a cursor the first one.

    Raises:
        TransientError, UsageError: see ``Reader.movies``.
    """
    search = MovieSearch(where.node, by, limit, await library.lifts(), cursor)
    results = await library.in_snapshot(
        MOVIES, cursor, lambda snapshot: library.reader.movies(replace(search, snapshot=snapshot))
    )
    movies = await _with_thumbnails(library, results.movies, search.query.tags)
    return msgspec.structs.replace(results, movies=tuple(movies), read=where.read)


async def scenes_page(
    library: Library, where: Understood, by: SceneBy | None, limit: int, cursor: Cursor | None
) -> Scenes:
    """A page of matching scenes; without a cursor the first one.

    Raises:
        TransientError, UsageError: see ``scenes``.
    """
    search = SceneSearch(where.node, limit, library.settings.scene_gap, cursor, by=by)
    results = await library.in_snapshot(
        FRAMES, cursor, lambda snapshot: scenes(library.reader, replace(search, snapshot=snapshot))
    )
    with_thumbnails = tuple(library.thumbnails.of_scene(scene) for scene in results.scenes)
    return msgspec.structs.replace(results, scenes=with_thumbnails, read=where.read)


async def movie_details(library: Library, movie_id: str) -> Movie:
    """A movie with its lifts.

    Raises:
        NothingFound: no movie has this id.
        TransientError: see ``Reader``.
    """
    movie = lifted(await library.reader.by_id(movie_id), await library.lifts())
    (movie,) = await _with_thumbnails(library, [movie], ())
    return movie


async def _with_thumbnails(
    library: Library, movies: Sequence[Movie], tags: Sequence[str]
) -> Sequence[Movie]:
    """The movies with the paths of a few thumbnails, if frames are stored."""
    if not library.thumbnails.enabled:
        return movies
    movie_ids = list(dict.fromkeys(movie.movie_id for movie in movies))
    frames_of = await stills(library.reader, movie_ids, tags, STILLS)
    return [
        msgspec.structs.replace(
            movie,
            thumbnails=tuple(
                thumbnail_path(frame.movie_id, frame.video_id, frame.slot)
                for frame in frames_of.get(movie.movie_id, ())
            ),
        )
        for movie in movies
    ]
