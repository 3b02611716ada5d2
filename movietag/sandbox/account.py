"""The account of a child: ``nobody`` if root starts it, so that it does not own root's files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
# Capabilities, by their numbers in <linux/capability.h>.
DAC_READ_SEARCH: Final = 2
_NEEDED: Final = {"CHOWN": 0, "DAC_OVERRIDE": 1, "KILL": 5, "SETGID": 6, "SETUID": 7}


@dataclass(frozen=True, slots=True)
class User:
    """Another account for a child.

    Attributes:
        uid: also its group; it has no other.
        reads_all: whether it keeps the capability to read every file that is visible to it. Only if Landlock
            shows it nothing but what it is granted: Python itself may be in root's own folder.
    """

    uid: int
    reads_all: bool = False


def child_user(*, readable: bool, fenced: bool) -> User | None:
    """The account for a child; None: that of this process (without capabilities).

    Args:
        readable: whether all users can read what the child needs.
        fenced: whether Landlock restricts the files that the child sees.
    """
    if account_obstacle() or not (readable or fenced):
        return None
    return User(NOBODY, reads_all=not readable)


@cache
def account_obstacle() -> str:
    """Why this process cannot start children as another user; empty if it can."""
    if os.geteuid() != 0:
        return "only root can change the user"
    held = _effective_capabilities()
    missing = [name for name, number in _NEEDED.items() if not held >> number & 1]
    if missing:
        return f"root without {', '.join(missing)}"
    return "" if _is_mapped(NOBODY) else f"no uid {NOBODY} in this user namespace"


def _effective_capabilities() -> int:
    for line in (
        Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    ):
        name, _, value = line.partition(":")
        if name == "CapEff":
            return int(value, 16)
    return 0


def _is_mapped(uid: int) -> bool:
    """Whether this user namespace maps the uid, and the group with the same number."""
    return all(
        any(
            first <= uid < first + count
            for first, _, count in (
                map(int, line.split()) for line in Path(at).read_text().splitlines()
            )
        )
        for at in ("/proc/self/uid_map", "/proc/self/gid_map")
    )
