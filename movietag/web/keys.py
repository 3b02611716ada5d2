"""API keys, and sessions: signed cookies that browsers have instead of a key.

A session is its expiry time, signed with the digest of the key that opened it. The server stores no sessions:
they survive a restart, and end when their key is removed from the file. A session has the role of its key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.web.roles import ROLES, Caller, Role

SHORTEST_KEY: Final = 16
FORM: Final = (
    f"one per line, at least {SHORTEST_KEY} characters, e.g. from `openssl rand -hex 16`; before it, separated by"
    f" blanks, may stand its role ({', '.join(ROLES)}) and a name for the log."
)
SESSION_SECONDS: Final = 30 * 24 * 3600


def read_keys(settings: Settings, *, loopback: bool) -> dict[bytes, Caller]:
    """The callers by the digests of their keys; empty if no key is required, which is only allowed on loopback.

    Raises:
        UsageError: the file is unreadable, has no key or an invalid line; or a file is required and not configured.
    """
    path = settings.web_keys
    if path is None:
        if not loopback:
            raise UsageError(
                f"MOVIETAG_WEB_HOST is {settings.web_host}, which other machines can reach: set"
                " MOVIETAG_WEB_KEYS to a file of API keys, or use 127.0.0.1."
            )
        return {}
    keys: dict[bytes, Caller] = {}
    for number, line in enumerate(_lines(path), start=1):
        text = line.partition("#")[0].strip()
        if text:
            key, caller = _key(f"MOVIETAG_WEB_KEYS: {path}, line {number}", number, text)
            if keys.setdefault(key, caller).role != caller.role:
                raise UsageError(
                    f"MOVIETAG_WEB_KEYS: {path}, line {number} has the key of {keys[key].name} with another role:"
                    " remove one of the two lines."
                )
    if not keys:
        raise UsageError(f"MOVIETAG_WEB_KEYS: {path} has no key: {FORM}")
    return keys


def _key(where: str, number: int, text: str) -> tuple[bytes, Caller]:
    """The digest and the caller of a line; raises UsageError, which does not repeat the key."""
    words = text.split()
    role, key, name = Role.ADD, text, f"line {number}"
    if words[0] in ROLES and len(words) > 1:
        if len(words) != 3:
            raise UsageError(f"{where}: after the role come a name and a key, both without blanks.")
        role, name, key = ROLES[words[0]], words[1], words[2]
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"{where} has a key that is too short: {FORM}")
    return key_digest(key), Caller(name, role)


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
