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
Described = dict[int | str, dict[str, Any]]  # by status
COPY: Final[Described] = {304: {"description": "As the client has it, by its If-None-Match."}}
ERRORS: Final = {
    400: "The query or the page cannot be read.",
    401: "No API key, or not one that is known.",
    404: "There is no such movie, picture or saved search.",
    410: "The page has expired.",
    414: "The address is too long.",
    421: "The server has another name.",
    422: "A parameter does not fit.",
    429: "Too many calls.",
    503: "A server is away, or there are too many calls at once.",
    504: "It took too long.",
}


def created(record: msgspec.Struct) -> Response:
    """The record as JSON, in answer to a call that wrote it."""
    return Response(msgspec.json.encode(record), media_type="application/json")


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


def responses(record: type[msgspec.Struct]) -> Described:
    """What OpenAPI says of a call that answers with a record, which the client may have already."""
    return writes(record) | COPY


def writes(record: type[msgspec.Struct]) -> Described:
    """What OpenAPI says of a call that writes a record, and answers with it."""
    schema = {"schema": {"$ref": REF.format(name=record.__name__)}}
    told = (record.__doc__ or "").split("\n")[0]
    return {200: {"description": told, "content": {"application/json": schema}}} | refusals()


def pictures() -> Described:
    """What OpenAPI says of a call that answers with a picture, which the client may have already."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    found = {"description": "A JPEG.", "content": {"image/jpeg": schema}}
    return {200: found} | COPY | refusals()


def refusals() -> Described:
    """What OpenAPI says of how any call may be refused."""
    problem = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name=Problem.__name__)}}}
    return {status: {"description": text, "content": problem} for status, text in ERRORS.items()}


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
