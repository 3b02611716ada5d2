"""Errors as problem details (RFC 9457): what was wrong, and never a trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import Response

from movietag.errors import MovietagError, TransientError
from movietag.frames.store import StoreAway
from movietag.search.indices import SnapshotExpiredError
from movietag.search.naming import NothingFound
from movietag.search.query import QueryError

MEDIA_TYPE: Final = "application/problem+json"
AWAY: Final = (
    "Elasticsearch is away or busy, or has no index of this vocabulary yet: try again later."
    " The log of `movietag serve` says which."
)
STORE_AWAY: Final = (
    "The frame store is away or refuses: try again later. The log of `movietag serve` says which."
)
log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was wrong; ``position`` is the character of a query that it is about, from 0."""

    title: str
    status: int
    detail: str
    position: int | None = None


def problem(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The response for a problem."""
    return Response(msgspec.json.encode(found), found.status, headers, MEDIA_TYPE)


def of_error(error: MovietagError) -> Problem:
    """The problem that an error of ours tells."""
    status, told = HTTPStatus.BAD_REQUEST, str(error)
    match error:
        case StoreAway():
            log.warning("%s", error)
            status, told = HTTPStatus.SERVICE_UNAVAILABLE, STORE_AWAY
        case TransientError():
            log.warning("%s", error)
            status, told = HTTPStatus.SERVICE_UNAVAILABLE, AWAY
        case NothingFound():
            status = HTTPStatus.NOT_FOUND
        case SnapshotExpiredError():
            status = HTTPStatus.GONE
    position = error.position if isinstance(error, QueryError) else None
    return Problem(status.phrase, status, told, position)
