"""The app: the calls, what stands before them, and the connection to Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from movietag.search.completing import Suggestions
from movietag.search.facets import Facets
from movietag.search.found import Movie, Movies, Scenes
from movietag.search.judging import Judged
from movietag.search.reader import reader
from movietag.search.saved import SavedSearches
from movietag.search.similar import AlikeMovies
from movietag.settings import Settings
from movietag.web import calls, problems
from movietag.web.answers import describe
from movietag.web.guard import Guard, read_keys
from movietag.web.library import Library

RECORDS: Final = (Movie, Movies, Scenes, Facets, Suggestions, AlikeMovies, Judged, SavedSearches)


def make_app(settings: Settings) -> FastAPI:
    """The REST API of the settings' library; Elasticsearch may be away when it starts.

    Raises:
        UsageError: a setting cannot be used.
    """
    keys = read_keys(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with reader(settings) as found:
            app.state.library = Library(found, settings.scene_gap)
            yield

    app = FastAPI(
        title="movietag",
        version="1",
        description="Movies and scenes by their tags. The query language: docs/search.md.",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    problems.install(app)
    app.include_router(calls.router)
    describe(app, *RECORDS)
    app.add_middleware(Guard, settings=settings, keys=keys)
    return app
