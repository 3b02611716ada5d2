"""The app: its routes, its middleware, and the connection to Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from movietag.local.outlook import LibraryProgress
from movietag.search.autocomplete import Suggestions
from movietag.search.facets import Facets
from movietag.search.failures import FailedMovies
from movietag.search.letter_counts import LetterCounts
from movietag.search.reader import reader
from movietag.search.results import Letters, Movie, Movies, Scenes
from movietag.search.saved import SavedSearch, SavedSearches
from movietag.search.scene_facets import SceneFacets
from movietag.search.similar import AlikeMovies
from movietag.search.why import Explanation
from movietag.settings import Settings
from movietag.steering.forgetting import ForgottenMovie
from movietag.web import (
    calls,
    error_responses,
    events,
    exports,
    feeds,
    letters,
    media,
    pausing,
    removing,
    retrying,
    running,
    system,
    titles,
)
from movietag.web.answers import describe_records
from movietag.web.bodies import BoundedBodies
from movietag.web.guard import Guard
from movietag.web.headers import SafeHeaders
from movietag.web.health import Watching
from movietag.web.keys import read_keys
from movietag.web.letters import LettersDone
from movietag.web.library import Library
from movietag.web.origins import is_loopback
from movietag.web.pages import (
    adding,
    failing,
    movies,
    progressing,
    saving,
    scenes,
    searching,
    sessions,
    static,
)
from movietag.web.pausing import SitePauses
from movietag.web.removing import CancelledMovies
from movietag.web.retrying import RetriedFailures
from movietag.web.system import LibraryStatus
from movietag.web.titles import TitleResults
from movietag.web.transfer import Compressed, HeadRequests

RECORDS: Final = (
    Movie,
    Movies,
    Scenes,
    Facets,
    SceneFacets,
    Suggestions,
    AlikeMovies,
    Explanation,
    SavedSearches,
    SavedSearch,
    FailedMovies,
    LibraryProgress,
    TitleResults,
    ForgottenMovie,
    CancelledMovies,
    SitePauses,
    RetriedFailures,
    Letters,
    LetterCounts,
    LettersDone,
    LibraryStatus,
)
TAGS: Final = {
    calls.MOVIES: "Movies: search them, look at one, export them, forget one.",
    calls.SCENES: "Scenes: runs of frames that match a query.",
    calls.SEARCHES: "Saved searches, and their feeds.",
    titles.TITLES: "Titles: add them, or cancel what waits.",
    pausing.PAUSES: "Pauses of fetching.",
    letters.LETTERS: "Dead letters: what could not be done.",
    running.WORK: "The work itself: its progress, what failed, events, the state of the system.",
}
PARTS: Final = tuple(
    module.router
    for module in (
        calls,
        exports,
        feeds,
        running,
        events,
        titles,
        removing,
        pausing,
        retrying,
        letters,
        system,
        media,
        searching,
        saving,
        movies,
        scenes,
        progressing,
        failing,
        adding,
        sessions,
        static,
    )
)


def make_web_app(settings: Settings) -> FastAPI:
    """The REST API and the pages; starts even if Elasticsearch is unreachable.

    Raises:
        UsageError: a setting is invalid.
    """
    keys = read_keys(settings, loopback=is_loopback(settings.web_host))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with reader(settings) as searcher:
            app.state.library = Library(searcher, settings)
            yield

    app = FastAPI(
        title="movietag",
        version="1",
        description="Movies and scenes by their tags. The query language: docs/search.md.",
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        lifespan=lifespan,
        docs_url=None,  # the page would load scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
        servers=[{"url": "/", "description": "The server that answers with this."}],
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.keyed = bool(keys)
    app.state.stopping = lambda: False  # whether responses that never end have to
    app.state.keys = keys
    for part in PARTS:
        app.include_router(part)
    error_responses.install_error_handlers(
        app, [route for part in PARTS for route in part.routes if isinstance(route, APIRoute)]
    )
    describe_records(app, *RECORDS)
    app.add_middleware(BoundedBodies)
    app.add_middleware(Compressed)
    app.add_middleware(HeadRequests)
    app.add_middleware(Guard, settings=settings, keys=keys)
    app.add_middleware(Watching)
    app.add_middleware(SafeHeaders)
    return app
