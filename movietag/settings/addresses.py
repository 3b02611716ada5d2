"""Addresses that settings name: refused where their form is another one, before anything is started."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from movietag.redaction import redacted


def _http(value: str | None) -> str | None:
    if value and not _is_http(value):
        raise ValueError(
            f"{redacted(value)!r} is no URL of HTTP; write http://HOST:PORT or https://HOST:PORT"
        )
    return value


def _bare(value: str | None) -> str | None:
    if value and "://" in value:
        raise ValueError(
            f"{redacted(value)!r} is not HOST:PORT, or several with commas: it has a scheme"
        )
    return value


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


HttpAddress = Annotated[str | None, AfterValidator(_http)]
"""`http://HOST:PORT` or `https://HOST:PORT`, perhaps with a path."""
HostPorts = Annotated[str | None, AfterValidator(_bare)]
"""`HOST:PORT`, or several with commas between them."""
