"""The layers that this kernel provides, for people: ``movietag doctor``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from movietag.sandbox.access import NOTHING
from movietag.sandbox.account import account_obstacle
from movietag.sandbox.landlock import abi
from movietag.sandbox.syscalls import program
from movietag.sandbox.workplace import user_for

# From this version on Landlock bounds signals too; before, network (4), and truncation (3).
WHOLE_LANDLOCK = 6


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: whether it is complete, what was detected, and the remedy."""

    name: str
    whole: bool
    found: str
    remedy: str = ""


def layers() -> tuple[Layer, ...]:
    """The layers around children, in the order in which they are applied."""
    return (_user(), _files(), _calls())


def _user() -> Layer:
    if os.geteuid() != 0:
        return Layer("user", True, "this account, which is not root")
    if user := user_for(NOTHING):
        return Layer("user", True, f"uid {user.uid}")
    if why := account_obstacle():
        return Layer("user", False, f"this account, without capabilities ({why})", _BETTER_USER)
    found = "root without capabilities: others cannot read what Python imports"
    return Layer("user", False, found, _BETTER_USER)


_BETTER_USER = "Start movietag as an ordinary user."


def _files() -> Layer:
    version = abi()
    if version >= WHOLE_LANDLOCK:
        return Layer("files", True, f"Landlock {version}")
    newer = "Linux 6.12 has all of Landlock; a container's filter must let it through."
    if version:
        return Layer("files", False, f"Landlock {version}: signals reach other processes", newer)
    return Layer("files", False, "no Landlock: children read what their account may read", newer)


def _calls() -> Layer:
    if program(network=False, programs=False):
        return Layer("calls", True, "seccomp")
    if Path("/proc/sys/kernel/seccomp").is_dir():
        found = "no libseccomp: children that decode could use the network"
        return Layer("calls", False, found, "apt-get install libseccomp2, or your system's package")
    return Layer(
        "calls", False, "no seccomp in this kernel", "A kernel with CONFIG_SECCOMP_FILTER."
    )
