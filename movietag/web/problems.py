"""Errors as problem details (RFC 9457): what was wrong, and never a trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from movietag.errors import MovietagError, TransientError
from movietag.search.found import NothingFound
from movietag.search.indices import GoneError
from movietag.search.query import QueryError

MEDIA_TYPE: Final = "application/problem+json"
AWAY: Final = (
    "Elasticsearch is away or busy, or has no index of this vocabulary yet: try again later."
    " The log of `movietag serve` says which."
)
log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was wrong; ``position`` is the character of a query that it is about, from 0."""

    title: str
    status: int
    detail: str
    position: int | None = None


def problem(
    status: HTTPStatus,
    detail: str,
    position: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for a problem."""
    body = msgspec.json.encode(Problem(status.phrase, status, detail, position))
    return Response(body, status, headers, MEDIA_TYPE)


def of_error(error: MovietagError) -> Response:
    """The response for an error of ours."""
    if isinstance(error, TransientError):
        log.warning("%s", error)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, AWAY, headers={"Retry-After": "5"})
    if isinstance(error, NothingFound):
        return problem(HTTPStatus.NOT_FOUND, str(error))
    if isinstance(error, GoneError):
        return problem(HTTPStatus.GONE, str(error))
    position = error.position if isinstance(error, QueryError) else None
    return problem(HTTPStatus.BAD_REQUEST, str(error), position)


def install(app: FastAPI) -> None:
    """Answer every error of an app with a problem."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, MovietagError)
        return of_error(error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}"
            for one in error.errors()
        )
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, told[:1000])

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        return problem(
            status,
            f"{request.method} {request.url.path[:200]}: {status.description}",
            headers=error.headers,
        )

    async def internal(request: Request, error: Exception) -> Response:
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "A bug of ours; the log has more.")

    app.add_exception_handler(MovietagError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, internal)
