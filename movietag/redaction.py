"""The one way by which an address, or a text that may hold one, is shown: without users and passwords."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "***"
_USER: Final = re.compile(r"(?<=://)[^/?#\s]*@|(?<![^\s,])[^\s/@,]+:[^\s/@,]*@")


def redacted(text: object) -> str:
    """The text with ``***@`` in place of every user and password before a host."""
    return _USER.sub(f"{HIDDEN}@", str(text))


def has_user(address: str) -> bool:
    """Whether an address, or a list of some, has a user or a password in it."""
    return "@" in address
