"""What a request to an endpoint has failed of: the picture, perhaps the picture, the endpoint, or the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final

import msgspec

LONGEST_PAUSE: Final = 300.0
"""Seconds: an endpoint that asks for a longer pause is tried again sooner."""
MOST_SAID: Final = 300
"""Characters of an endpoint's own words that are repeated."""
_ABOUT_PICTURES: Final = re.compile(r"\b(image|picture|pixel|jpe?g|base64)", re.IGNORECASE)
_PRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]+")


class FaultKind(Enum):
    """What is at fault, as far as one answer tells."""

    PICTURE = "picture"  # the endpoint says so of the picture
    UNCLEAR = "unclear"  # this picture, or all of them
    AWAY = "away"  # nobody answers, or only a gateway
    BUSY = "busy"
    SETTINGS = "settings"  # key, address or model: a person has to correct it


class EndpointFault(Exception):  # noqa: N818
    """A request has failed.

    Attributes:
        kind: what is at fault.
        text: what happened, and the remedy.
        pause: seconds that the endpoint asks to be left alone; 0: it says nothing.
        status: of HTTP; 0: there was no answer, or one that cannot be read.
    """

    def __init__(self, kind: FaultKind, text: str, pause: float = 0.0, status: int = 0) -> None:
        self.kind, self.text, self.pause, self.status = kind, text, pause, status
        super().__init__(text)


def fault_of_status(
    status: int, headers: Mapping[str, str], body: bytes, where: str
) -> EndpointFault:
    """The fault that an answer with any status but 200 tells of.

    Args:
        status: of HTTP.
        headers: of the answer, by names in lower case.
        body: of the answer, or its beginning.
        where: the endpoint, as people may see it.
    """
    said = endpoint_words(body)
    kind = _kind_of(status, said)
    remedy = _remedy(status) if kind is FaultKind.SETTINGS or status == 413 else ""
    pause = pause_of(headers.get("retry-after", ""))
    return EndpointFault(kind, f"{where} answers {status}: {said}{remedy}", pause, status)


def _kind_of(status: int, said: str) -> FaultKind:
    refused = status in (400, 422)
    if status in (413, 415) or (refused and _ABOUT_PICTURES.search(said)):
        return FaultKind.PICTURE
    if refused or status == 500:
        return FaultKind.UNCLEAR
    if status in (408, 425, 429):
        return FaultKind.BUSY
    return FaultKind.AWAY if status >= 501 else FaultKind.SETTINGS


def _remedy(status: int) -> str:
    if status in (401, 403):
        return ". Write a key that it accepts into the file that MOVIETAG_ENDPOINT_KEY_FILE names."
    if 300 <= status < 400:
        return ". It is not followed: name the address that it leads to in MOVIETAG_ENDPOINTS."
    if status == 413:
        return ". Lower MOVIETAG_ENDPOINT_IMAGE_BYTES, or raise the limit there; then replay the letter."
    if status == 404:
        return ". Correct MOVIETAG_ENDPOINT_MODEL or the address in MOVIETAG_ENDPOINTS."
    return ". Correct MOVIETAG_ENDPOINTS."


def pause_of(text: str, now: datetime | None = None) -> float:
    """Seconds of a Retry-After header, of a number or an HTTP date; at most ``LONGEST_PAUSE``, 0 if it is neither."""
    text = text.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        seconds = float(text[:20])
    else:
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return 0.0
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (until - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def endpoint_words(body: bytes) -> str:
    """What an endpoint says of an error, short and printable."""
    if body.lstrip()[:1] == b"<":
        return "(a web page)"
    try:
        text = _message(msgspec.json.decode(body))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        text = body[: 4 * MOST_SAID].decode("utf-8", "replace")
    text = " ".join(_PRINTABLE.sub(" ", text).split())
    return text[:MOST_SAID] or "(nothing)"


def _message(said: Any) -> str:
    """``error.message``, ``error``, ``message`` or ``detail``: each server has another."""
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(key):
            return _message(said[key])
    return said if isinstance(said, str) else msgspec.json.encode(said).decode()
