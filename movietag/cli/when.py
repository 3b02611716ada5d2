"""Parses times as users type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from movietag.errors import UsageError

_AGO = re.compile(r"(\d{1,6})\s*([smhdw])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_time(text: str, now: datetime) -> int | None:
    """The time in milliseconds since 1970; None for an empty text.

    Raises:
        UsageError: the text is not a time.
    """
    if not text:
        return None
    ago = _AGO.match(text.strip())
    try:
        if ago:
            time = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        else:
            time = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text[:40]!r} is not a time. Examples: 2026-03-01, 2026-03-01T18:30 (UTC), 90m,"
            " 2h, 7d (ago)."
        ) from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
