"""Errors as problem details (RFC 9457), without stack traces."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import Response

from movietag.errors import MovietagError, TransientError
from movietag.frames.store import StoreAway
from movietag.search.cursors import CursorExpiredError
from movietag.search.naming import NothingFound
from movietag.search.query import QueryError
from movietag.search.results import NearMovie
from movietag.web.rooms import BusyError

MEDIA_TYPE: Final = "application/problem+json"
SEARCH_UNAVAILABLE: Final = (
    "Elasticsearch is unreachable or busy, or has no index of this vocabulary yet: retry later."
    " The log of `movietag serve` says which."
)
STORE_UNAVAILABLE: Final = "The frame store is unreachable or refuses access: retry later. The log of `movietag serve` says which."
log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error; ``position`` is the index of the character of the query concerned, from 0.

    ``advice`` are valid queries that may be meant, ``near`` movies with titles near to one that is not found.
    """

    title: str
    status: int
    detail: str
    position: int | None = None
    advice: tuple[str, ...] = ()
    near: tuple[NearMovie, ...] = ()


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a JSON response."""
    return Response(msgspec.json.encode(problem), problem.status, headers, MEDIA_TYPE)


def problem_of(error: MovietagError) -> Problem:
    """The problem details of an error of ours."""
    status, detail = HTTPStatus.BAD_REQUEST, str(error)
    match error:
        case StoreAway():
            log.warning("%s", error)
            status, detail = HTTPStatus.SERVICE_UNAVAILABLE, STORE_UNAVAILABLE
        case BusyError():
            status = HTTPStatus.SERVICE_UNAVAILABLE
        case TransientError():
            log.warning("%s", error)
            status, detail = HTTPStatus.SERVICE_UNAVAILABLE, SEARCH_UNAVAILABLE
        case NothingFound():
            status = HTTPStatus.NOT_FOUND
            return Problem(status.phrase, status, detail, near=error.near)
        case CursorExpiredError():
            status = HTTPStatus.GONE
    if isinstance(error, QueryError):
        return Problem(status.phrase, status, detail, error.position, error.advice)
    return Problem(status.phrase, status, detail)
