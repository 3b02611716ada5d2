"""The ids of catalogues that a movie's id is made of, for programs that know movies by them."""

from __future__ import annotations

from movietag.rules.movie_ids import catalogue_of


def known_imdb(movie_id: str) -> str | None:
    """The id at IMDb, `tt0113277`; None if it is not known."""
    return movie_id if catalogue_of(movie_id) == "imdb" else None


def known_tmdb(movie_id: str) -> int | None:
    """The number at TMDB; None if it is not known."""
    return int(movie_id.removeprefix("tmdb-")) if catalogue_of(movie_id) == "tmdb" else None
