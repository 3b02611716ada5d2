"""Hiding users and passwords in addresses: for each text that is printed, logged or sent and may hold an address."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "***"
_USER: Final = re.compile(r"(?<=://)[^/?#\s]*@|(?<![^\s,])[^\s/@,]+:[^\s/@,]*@")


def redacted(text: object) -> str:
    """The text with ``***@`` in place of each user and password before a host."""
    return _USER.sub(f"{HIDDEN}@", str(text))


def has_user(address: str) -> bool:
    """Whether an address, or any of a list, has a user or a password."""
    return "@" in address
