"""Answers: a record as JSON, with an ETag, and how OpenAPI describes them."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from movietag.web.problems import MEDIA_TYPE, Problem
from movietag.web.thumbnails import Picture

CACHING: Final = "private, no-cache"  # a copy may be kept, and is asked about each time
PICTURE_CACHING: Final = "private, max-age=86400"  # a refresh fetches much the same frames
REF: Final = "#/components/schemas/{name}"
ERRORS: Final = {
    400: "The query or the page cannot be read.",
    401: "No API key, or not one that is known.",
    404: "There is no such movie, or picture.",
    410: "The page is not kept any longer.",
    414: "The address is too long.",
    421: "The server has another name.",
    422: "A parameter does not fit.",
    429: "Too many calls.",
    503: "A server is away, or there are too many calls at once.",
    504: "It took too long.",
}


def answer(request: Request, record: msgspec.Struct) -> Response:
    """The record as JSON; 304 where the client has it already."""
    body = msgspec.json.encode(record)
    known = hashlib.blake2b(body, digest_size=12).hexdigest()
    return _new(request, body, "application/json", known, CACHING)


def picture(request: Request, found: Picture) -> Response:
    """The picture; 304 where the client has it already."""
    return _new(request, found.jpeg, "image/jpeg", found.digest, PICTURE_CACHING)


def _new(request: Request, body: bytes, kind: str, known: str, caching: str) -> Response:
    """A body that is known by a text, which is sent where the client does not have it."""
    tag = f'"{known}"'
    headers = {"ETag": tag, "Cache-Control": caching}
    asked = request.headers.get("if-none-match", "")
    if asked.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in asked.split(",")}:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type=kind)


def responses(record: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a call that answers with a record."""
    schema = {"schema": {"$ref": REF.format(name=record.__name__)}}
    return _described((record.__doc__ or "").split("\n")[0], {"application/json": schema})


def pictures() -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a call that answers with a picture."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return _described("A JPEG.", {"image/jpeg": schema})


def _described(told: str, content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    problem = {"schema": {"$ref": REF.format(name=Problem.__name__)}}
    found: dict[int | str, dict[str, Any]] = {
        200: {"description": told, "content": content},
        304: {"description": "As the client has it, by its If-None-Match."},
    }
    for status, text in ERRORS.items():
        found[status] = {"description": text, "content": {MEDIA_TYPE: problem}}
    return found


def describe(app: FastAPI, *records: type[msgspec.Struct]) -> None:
    """Let the OpenAPI of an app hold the schemas of its records, which are no pydantic models."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            _, schemas = msgspec.json.schema_components((*records, Problem), ref_template=REF)
            made.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents
