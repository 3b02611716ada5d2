"""Error responses: problem details for programs, a page for people, never a stack trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Scope

from movietag.errors import MovietagError
from movietag.web.pages.rendering import page
from movietag.web.problems import Problem, problem_of, problem_response


def install_error_handlers(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Register handlers that turn every error of an app with these routes into a response."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, MovietagError)
        problem = problem_of(error)
        unavailable = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
        return respond_with(request, problem, {"Retry-After": "5"} if unavailable else None)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        detail = "; ".join(map(_mistake, error.errors()))
        return error_response(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, detail[:1000])

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        detail = f"{request.method} {request.url.path[:200]}: {status.description}"
        headers = error.headers
        if status == HTTPStatus.METHOD_NOT_ALLOWED:  # Starlette names only the first route's method
            fitting = [route for route in routes if route.path_regex.match(request.url.path)]
            methods = {method for route in fitting for method in route.methods or ()}
            methods |= {"HEAD"} if "GET" in methods else set()
            headers = {"Allow": ", ".join(sorted(methods))} if methods else headers
        return respond_with(request, Problem(status.phrase, status, detail), headers)

    async def internal(request: Request, error: Exception) -> Response:
        detail = "An internal error; see the log of `movietag serve`."
        return error_response(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, detail)

    app.add_exception_handler(MovietagError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, internal)


def _mistake(error: Mapping[str, Any]) -> str:
    """What a parameter, or a field of the body, has wrong; its place goes before it."""
    place = ".".join(str(part) for part in error["loc"][1:])
    if error["type"] == "json_invalid":
        return f"The body is not JSON, at character {place}: {error['ctx']['error']}"
    return f"{place or 'The body'}: {error['msg']}"


def is_api(path: str) -> bool:
    """Whether a path belongs to the REST API rather than to the pages."""
    return path.startswith("/api/")


def error_response(
    scope: Scope, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The response for an error status."""
    return respond_with(Request(scope), Problem(status.phrase, status, detail), headers)


def respond_with(
    request: Request, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as JSON for API paths, else as a page."""
    if is_api(request.url.path):
        return problem_response(problem, headers)
    return page(request, "error.html", problem.status, headers, problem=problem)
