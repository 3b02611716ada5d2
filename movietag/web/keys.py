"""API keys, and what a browser has instead of one: a signed session in a cookie.

A session says until when it holds, signed with the digest of the key it was opened with: nothing of it is
kept here, it outlives a restart, and it ends when its key is taken out of the file.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from movietag.settings import Settings

SHORTEST_KEY: Final = 16
SESSION_SECONDS: Final = 30 * 24 * 3600


def read_keys(settings: Settings, *, loopback: bool) -> frozenset[bytes]:
    """The digests of the API keys; none where calls need no key, which only ``loopback`` may do.

    Raises:
        UsageError: the file cannot be read, holds no key or a short one; or there must be one.
    """
    path = settings.web_keys
    if path is None:
        if not loopback:
            raise UsageError(
                f"MOVIETAG_WEB_HOST is {settings.web_host}, which others can reach: give"
                " MOVIETAG_WEB_KEYS a file of API keys, or answer on 127.0.0.1."
            )
        return frozenset()
    keys = [line.partition("#")[0].strip() for line in _lines(path)]
    keys = [key for key in keys if key]
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        what = "has no key" if not keys else "has a key that is too short"
        raise UsageError(
            f"MOVIETAG_WEB_KEYS: {path} {what}: one a line, {SHORTEST_KEY} characters at least,"
            " such as `openssl rand -hex 16` prints."
        )
    return frozenset(digest(key) for key in keys)


def digest(key: str) -> bytes:
    """What is kept of a key: how long looking it up takes says nothing about the key."""
    return hashlib.sha256(key.encode()).digest()


def open_session(of_key: bytes, until: int) -> str:
    """A session of whoever has the key of this digest, until a time in seconds since 1970."""
    return f"{until}.{_signature(of_key, str(until))}"


def holder(session: str, keys: Collection[bytes], now: float) -> bytes | None:
    """The digest of the key that a session was opened with; None if it is none, or over."""
    until, _, signature = session.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12 and int(until) > now):
        return None
    for key in keys:
        if hmac.compare_digest(_signature(key, until).encode(), signature.encode()):
            return key
    return None


def _signature(of_key: bytes, until: str) -> str:
    return hmac.new(of_key, f"movietag session {until}".encode(), "sha256").hexdigest()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"MOVIETAG_WEB_KEYS: {path} cannot be read ({error}).") from None
