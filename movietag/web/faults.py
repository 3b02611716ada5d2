"""Every error of the app, answered: what was wrong, and never a trace."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from movietag.errors import MovietagError
from movietag.web.problems import Problem, of_error
from movietag.web.refusing import answer_problem, refusal


def install(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Answer every error of an app with these routes by a problem, or a page that tells it."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, MovietagError)
        found = of_error(error)
        away = found.status == HTTPStatus.SERVICE_UNAVAILABLE
        return answer_problem(request, found, {"Retry-After": "5"} if away else None)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}"
            for one in error.errors()
        )
        return refusal(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, told[:1000])

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        told = f"{request.method} {request.url.path[:200]}: {status.description}"
        headers = error.headers
        if status == HTTPStatus.METHOD_NOT_ALLOWED:  # raised by the first route alone of a path
            fitting = [route for route in routes if route.path_regex.match(request.url.path)]
            methods = {method for route in fitting for method in route.methods or ()}
            headers = {"Allow": ", ".join(sorted(methods))} if methods else headers
        return answer_problem(request, Problem(status.phrase, status, told), headers)

    async def internal(request: Request, error: Exception) -> Response:
        told = "A bug of ours; the log has more."
        return refusal(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, told)

    app.add_exception_handler(MovietagError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, internal)
