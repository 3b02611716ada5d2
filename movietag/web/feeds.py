"""The endpoint of feeds: the newest movies of a saved search, for a feed reader."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from movietag.exporting.feeds import atom_feed, feed_path
from movietag.search import saved
from movietag.search.ranking import MovieSearch
from movietag.web.answers import COPY, describe_errors, feed_response
from movietag.web.calls import SEARCHES, SearchName
from movietag.web.library import LibraryRoute, Shared

MOST_ENTRIES: Final = 50

router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)


@router.get(
    "/searches/{name}/feed",
    tags=[SEARCHES],
    responses={
        200: {
            "description": "The feed.",
            "content": {"application/atom+xml": {"schema": {"type": "string"}}},
        }
    }
    | COPY
    | describe_errors(),
)
async def read_feed(request: Request, library: Shared, name: SearchName) -> Response:
    """Return the newest movies of a saved search as an Atom feed, the last added first."""
    search = await saved.get_saved(library.reader.es, name)
    query = library.reader.parse(search.query)
    found = await library.reader.movies(MovieSearch(query, "recency", MOST_ENTRIES))
    address = str(request.base_url).rstrip("/")
    return feed_response(request, atom_feed(search, found.movies, address, feed_path(search.name)))
