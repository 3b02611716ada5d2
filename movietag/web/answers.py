"""Responses: records as JSON and pictures, with ETags, and their descriptions for OpenAPI."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from movietag.web.problems import MEDIA_TYPE, Problem
from movietag.web.recent_pictures import Picture

CACHING: Final = "private, no-cache"  # cacheable, revalidated each time
PICTURE_CACHING: Final = "private, max-age=86400"  # frames rarely change
REF: Final = "#/components/schemas/{name}"
Responses = dict[int | str, dict[str, Any]]  # by status
COPY: Final[Responses] = {304: {"description": "Not modified: matches the client's If-None-Match."}}
KEY_SCHEME: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "X-API-Key",
    "description": "One of the keys of MOVIETAG_WEB_KEYS; not needed where there are none.",
}
ERRORS: Final = {
    400: "The query or the page token is invalid.",
    401: "The API key is missing or unknown.",
    404: "The movie, picture or saved search does not exist.",
    410: "The page has expired.",
    414: "The URL is too long.",
    421: "The server does not answer to this host name.",
    422: "A parameter is invalid.",
    429: "Too many requests.",
    503: "A server is unreachable, or too many requests are in flight.",
    504: "The request timed out.",
}

WRITE_ERRORS: Final = {
    403: "The key's role does not allow it, it deletes and there are no keys, or a page of another site sent it.",
    409: "It would change much of the library, and does not say that this is right.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
}


def record_response(record: msgspec.Struct) -> Response:
    """A record as JSON, the response to a request that wrote it."""
    return Response(msgspec.json.encode(record), media_type="application/json")


def cached_response(request: Request, record: msgspec.Struct) -> Response:
    """A record as JSON, or 304 if the client has it cached."""
    body = msgspec.json.encode(record)
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return _unless_cached(request, body, "application/json", f'W/"{digest}"', CACHING)


def feed_response(request: Request, body: bytes) -> Response:
    """A feed in Atom, or 304 if the client has it cached."""
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return _unless_cached(request, body, "application/atom+xml", digest, CACHING)


def picture_response(request: Request, picture: Picture) -> Response:
    """A picture, or 304 if the client has it cached."""
    return _unless_cached(
        request, picture.jpeg, "image/jpeg", f'"{picture.digest}"', PICTURE_CACHING
    )


def _unless_cached(request: Request, body: bytes, kind: str, tag: str, caching: str) -> Response:
    """The response with an ETag (weak where it may be compressed), or 304 if the request's If-None-Match has it."""
    headers = {"ETag": tag, "Cache-Control": caching}
    cached = request.headers.get("if-none-match", "")
    if cached.strip() == "*" or tag.removeprefix("W/") in {
        one.strip().removeprefix("W/") for one in cached.split(",")
    }:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type=kind)


def describe_read(record: type[msgspec.Struct]) -> Responses:
    """The OpenAPI responses of a request that reads a record, 304 included."""
    return _describe_record(record) | COPY | describe_errors()


def describe_write(record: type[msgspec.Struct]) -> Responses:
    """The OpenAPI responses of a request that writes, and returns a record."""
    return _describe_record(record) | describe_errors(WRITE_ERRORS)


def _describe_record(record: type[msgspec.Struct]) -> Responses:
    schema = {"schema": {"$ref": REF.format(name=record.__name__)}}
    summary = (record.__doc__ or "").split("\n")[0]
    return {200: {"description": summary, "content": {"application/json": schema}}}


def describe_picture() -> Responses:
    """The OpenAPI responses of a request for a picture, 304 included."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    description = {"description": "A JPEG.", "content": {"image/jpeg": schema}}
    return {200: description} | COPY | describe_errors()


def describe_errors(more: Mapping[int, str] = MappingProxyType({})) -> Responses:
    """The OpenAPI responses for errors, common to all requests, and ``more``."""
    problem = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name=Problem.__name__)}}}
    return {
        status: {"description": text, "content": problem}
        for status, text in {**ERRORS, **more}.items()
    }


def describe_records(app: FastAPI, *records: type[msgspec.Struct]) -> None:
    """Add the schemas of msgspec records to the app's OpenAPI; FastAPI only knows pydantic models."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                servers=app.servers,
                tags=app.openapi_tags,
                license_info=app.license_info,
            )
            _, schemas = msgspec.json.schema_components((*records, Problem), ref_template=REF)
            components = made.setdefault("components", {})
            components.setdefault("schemas", {}).update(schemas)
            components["securitySchemes"] = {"key": KEY_SCHEME}
            made["security"] = [{"key": []}, {}]  # without keys in the settings, none is needed
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # as documented by FastAPI
