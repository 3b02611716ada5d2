"""Reads forms that browsers send, within limits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

MOST_BYTES: Final = 64 << 10
MOST_FIELDS: Final = 20


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the first value of each.

    Raises:
        HTTPException: the body is too large, or not a form.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return {name: values[0] for name, values in fields.items()}
