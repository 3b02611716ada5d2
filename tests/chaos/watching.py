"""Meanwhile: what people see of every movie, looked at again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from elasticsearch import ApiError, TransportError

from chaos.world import Movie
from movietag.errors import MovietagError
from movietag.search.client import connected
from movietag.settings import Settings

EVERY = 1.0  # seconds


class Watch:
    """Looks at the movies in Elasticsearch; ``worse`` names those that have lost what nobody took from them."""

    def __init__(self, settings: Settings, movies: Sequence[Movie]) -> None:
        self._settings = settings
        self._steady = {movie.movie_id for movie in movies if movie.steady}
        self._most: dict[str, int] = {}  # images of a movie that is complete, at the most
        self._seen: dict[str, Any] = {}
        self.worse: dict[str, str] = {}

    def whole(self, movie: Movie) -> bool:
        """Whether a movie is complete, and nothing of it is under way."""
        body = self._seen.get(movie.movie_id)
        return body is not None and body["status"] == "complete" and not body.get("attempt")

    async def run(self, until: float) -> None:
        """Look until the clock says ``until``; what cannot be asked is asked again."""
        while time.monotonic() < until:
            try:
                async with connected(self._settings) as es:
                    found = await es.search(
                        index="movies", size=10_000, allow_partial_search_results=False
                    )
                self._look(
                    {hit["_source"]["movie_id"]: hit["_source"] for hit in found["hits"]["hits"]}
                )
            except (ApiError, TransportError, MovietagError):
                pass  # it is away
            await asyncio.sleep(EVERY)

    def _look(self, seen: dict[str, Any]) -> None:
        self._seen = seen
        for movie_id in self._steady & (seen.keys() | self._most.keys()):
            body, most = seen.get(movie_id), self._most.get(movie_id, 0)
            images = body["images"] if body and body["status"] == "complete" else 0
            self._most[movie_id] = max(most, images)
            if images < most:
                now = f"{body['status']}, {body['images']} images" if body else "no document"
                self.worse.setdefault(movie_id, f"{most} images, then {now}")
