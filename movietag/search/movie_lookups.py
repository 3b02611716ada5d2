"""Movies by what people call them: an id, a title, or words of it."""

from __future__ import annotations

from collections.abc import Sequence

from movietag.documents import MOVIES, MovieBody
from movietag.rules.lookup import lookup
from movietag.rules.movie_ids import movie_id_in, title_in
from movietag.search import queries
from movietag.search.converting import movie_from
from movietag.search.indices import Indices
from movietag.search.naming import NothingFound, latest, pick, split_year
from movietag.search.results import Movie, NearMovie


class MovieLookups:
    """Looks movies up in the indices of one vocabulary.

    Every method raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """

    def __init__(self, indices: Indices) -> None:
        self.indices = indices

    async def movie(self, text: str) -> Movie:
        """The one movie that a text names: an id, a title (as for `add`) or words of it.

        Raises:
            NothingFound: no movie matches.
                UsageError: several match; the text lists them.
        """
        wanted = lookup(text)
        _, bodies = await self.indices.bodies(MOVIES, MovieBody, queries.movie(wanted))
        try:
            return pick(text, [movie_from(body) for body in bodies])
        except NothingFound as error:
            near = await self._near(wanted.titles[0]) if wanted.titles else ()
            raise NothingFound(str(error), near) from None

    async def _near(self, title: str) -> tuple[NearMovie, ...]:
        """The movies with a title near to this one."""
        _, bodies = await self.indices.bodies(MOVIES, MovieBody, queries.near_movies(title))
        return tuple(NearMovie(body.movie_id, body.title, body.year) for body in bodies)

    async def movies_named(
        self, texts: Sequence[str], *, alike: bool = False
    ) -> list[tuple[Movie, ...]]:
        """For each id or whole title, the movies it names: usually one, none if it does not exist yet.

        ``alike``: also movies whose title is spelled otherwise, for a text that names no movie exactly.

        Raises:
            UsageError: a text is JSON, but not of a title.
        """
        lookups = [lookup(text) for text in texts]
        _, bodies = await self.indices.bodies(MOVIES, MovieBody, queries.movies_named(lookups))
        movies = [movie_from(body) for body in bodies]
        return [
            latest(one.exactly(movies) or (one.alike(movies) if alike else [])) for one in lookups
        ]

    async def by_id(self, movie_id: str) -> Movie:
        """The movie with an id; if several taggers have written it, the latest document.

        Raises:
            NothingFound: no movie has this id.
        """
        request = queries.movie_by_id(movie_id_in(movie_id) or movie_id)
        total, bodies = await self.indices.bodies(MOVIES, MovieBody, request)
        if not bodies and total:
            raise NothingFound(
                f"The movie with the id {movie_id[:100]!r} was written by another version of movietag;"
                " `movietag recount` rewrites it."
            )
        if not bodies:
            title, _ = split_year(title_in(movie_id))
            raise NothingFound(
                f"There is no movie with the id {movie_id[:100]!r}.", await self._near(title)
            )
        return movie_from(bodies[0])
