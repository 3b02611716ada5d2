"""The endpoints about the work itself: how far it is, and what has failed."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from movietag.errors import TransientError
from movietag.local.outlook import LibraryProgress
from movietag.search.failures import FailedMovies, failures
from movietag.web.answers import cached_response, describe_read
from movietag.web.calls import MOST_RESULTS
from movietag.web.library import LibraryRoute, Shared

WORK: Final = "work"  # the tag of the OpenAPI

router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)


@router.get("/progress", tags=[WORK], responses=describe_read(LibraryProgress))
async def show_progress(request: Request, library: Shared) -> Response:
    """How far all titles are, how fast, and in how many seconds they are done."""
    progress = await library.progress.get()
    if progress is None:
        raise TransientError("Elasticsearch does not answer: the progress is not known.")
    return cached_response(request, progress)


class FailedParameters(BaseModel):
    """The parameters of a list of failed movies."""

    model_config = ConfigDict(extra="forbid")
    reason: list[Annotated[str, Field(max_length=100)]] = Field(
        [], max_length=20, description="Only movies with this reason; may be repeated."
    )
    limit: int = Field(20, ge=0, le=MOST_RESULTS, description="Maximum number of movies.")


@router.get("/failed", tags=[WORK], responses=describe_read(FailedMovies))
async def list_failed(
    request: Request, library: Shared, parameters: Annotated[FailedParameters, Query()]
) -> Response:
    """Count the movies that failed by reason, and list the newest."""
    errors = tuple(dict.fromkeys(parameters.reason))
    return cached_response(request, await failures(library.reader, errors, parameters.limit))
