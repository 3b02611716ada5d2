"""How a call is refused: as problem details for programs, as a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Response
from starlette.requests import Request
from starlette.types import Scope

from movietag.web.pages.rendering import page
from movietag.web.problems import Problem, problem


def for_programs(path: str) -> bool:
    """Whether programs call this address, rather than people open it."""
    return path.startswith("/api/")


def refusal(
    scope: Scope, status: HTTPStatus, told: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The response that refuses a call."""
    return answer_problem(Request(scope), Problem(status.phrase, status, told), headers)


def answer_problem(
    request: Request, found: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as whoever called reads it."""
    if for_programs(request.url.path):
        return problem(found, headers)
    return page(request, "error.html", found.status, headers, problem=found)
