"""API keys, and sessions: signed cookies that browsers have instead of a key.

A session is its expiry time, signed with the digest of the key that opened it. The server stores no sessions:
they survive a restart, and end when their key is removed from the file.

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
    """The digests of the API keys; empty if no key is required, which is only allowed on loopback.

    Raises:
        UsageError: the file is unreadable, has no key or a short one; or a file is required and not configured.
    """
    path = settings.web_keys
    if path is None:
        if not loopback:
            raise UsageError(
                f"MOVIETAG_WEB_HOST is {settings.web_host}, which other machines can reach: set"
                " MOVIETAG_WEB_KEYS to a file of API keys, or use 127.0.0.1."
            )
        return frozenset()
    keys = [line.partition("#")[0].strip() for line in _lines(path)]
    keys = [key for key in keys if key]
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        what = "has no key" if not keys else "has a key that is too short"
        raise UsageError(
            f"MOVIETAG_WEB_KEYS: {path} {what}: one per line, at least {SHORTEST_KEY} characters,"
            " e.g. from `openssl rand -hex 16`."
        )
    return frozenset(key_digest(key) for key in keys)


def key_digest(key: str) -> bytes:
    """The digest of a key; comparing digests leaks nothing about the key through timing."""
    return hashlib.sha256(key.encode()).digest()


def open_session(of_key: bytes, until: int) -> str:
    """A session for the key with this digest, valid until a time in seconds since 1970."""
    return f"{until}.{_signature(of_key, str(until))}"


def session_key(session: str, keys: Collection[bytes], now: float) -> bytes | None:
    """The digest of the key that opened a session; None if it is invalid or has expired."""
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
