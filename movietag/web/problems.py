"""Errors as problem details (RFC 9457), without stack traces."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import Response

from movietag.errors import MovietagError, TransientError, UsageError
from movietag.frames.store import StoreAway
from movietag.search.cursors import CursorExpiredError
from movietag.search.naming import NothingFound
from movietag.search.query import QueryError
from movietag.search.results import NearMovie
from movietag.steering.title_lists import RefusedTitle
from movietag.web.roles import KeyNeededError, RoleError
from movietag.web.rooms import BusyError
from movietag.web.sending import QueueUnavailableError

MEDIA_TYPE: Final = "application/problem+json"
SEARCH_UNAVAILABLE: Final = (
    "Elasticsearch is unreachable or busy, or has no index of this vocabulary yet: retry later."
    " The log of `movietag serve` says which."
)
STORE_UNAVAILABLE: Final = "The frame store is unreachable or refuses access: retry later. The log of `movietag serve` says which."
log = logging.getLogger(__name__)


class RefusedTitlesError(UsageError):
    """Some titles of a list are refused, so none was sent; ``so`` says this, ``remedy`` what to do."""

    def __init__(
        self,
        refused: Sequence[RefusedTitle],
        total: int,
        so: str = "none was added",
        remedy: str = "Correct them, or set `skip_bad`.",
    ) -> None:
        self.refused = tuple(refused)
        first = refused[0]
        super().__init__(
            f"{len(refused):,} of {total:,} titles refused, so {so}. Number {first.line}: {first.reason}"
            f" {remedy}"
        )


class ManyMoviesError(UsageError):
    """A request would change so much of the library that it has to say so."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was sent. If it is right: the same with `yes` set.")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error; ``position`` is the index of the character of the query concerned, from 0.

    ``advice`` are valid queries that may be meant, ``near`` movies with titles near to one that is not found,
    ``refused`` titles that do not fit, each with its ``line``: its number in the request, from 1.
    """

    title: str
    status: int
    detail: str
    position: int | None = None
    advice: tuple[str, ...] = ()
    near: tuple[NearMovie, ...] = ()
    refused: tuple[RefusedTitle, ...] = ()


STATUSES: Final[Mapping[type[MovietagError], HTTPStatus]] = {
    TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
    NothingFound: HTTPStatus.NOT_FOUND,
    RefusedTitlesError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ManyMoviesError: HTTPStatus.CONFLICT,
    RoleError: HTTPStatus.FORBIDDEN,
    KeyNeededError: HTTPStatus.FORBIDDEN,
    CursorExpiredError: HTTPStatus.GONE,
}  # others: 400


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a JSON response."""
    return Response(msgspec.json.encode(problem), problem.status, headers, MEDIA_TYPE)


def problem_of(error: MovietagError) -> Problem:
    """The problem details of an error of ours."""
    fitting = (status for kind, status in STATUSES.items() if isinstance(error, kind))
    status = next(fitting, HTTPStatus.BAD_REQUEST)
    detail = str(error)
    if isinstance(error, TransientError) and not isinstance(error, BusyError):
        log.warning("%s", error)
        if not isinstance(error, QueueUnavailableError):  # whose text has nothing of the server's
            detail = STORE_UNAVAILABLE if isinstance(error, StoreAway) else SEARCH_UNAVAILABLE
    problem = Problem(status.phrase, status, detail)
    match error:
        case NothingFound():
            return msgspec.structs.replace(problem, near=error.near)
        case RefusedTitlesError():
            return msgspec.structs.replace(problem, refused=error.refused)
        case QueryError():
            return msgspec.structs.replace(problem, position=error.position, advice=error.advice)
    return problem
