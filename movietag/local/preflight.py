"""Checks before anything is started: ports in use, a full disk, and whether this Python can run Triton.

The stub of the embedded Triton embeds a Python of the same version; ``tools/environment.sh`` checks the same before
there is an environment.
"""

from __future__ import annotations

import ctypes
import shutil
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

from movietag.errors import MovietagError
from movietag.local.programs import START_BYTES
from movietag.settings.home import HomeLayout

LEAST_FREE = 1 << 30  # bytes
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
WIDTH = 400  # ports of a stack, from its base
VERSIONS = ("3.11", "3.12")  # pytriton has more stubs, but numpy 1.26 no wheel for 3.13
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def check_ports(ports: Iterable[int]) -> None:
    """Check that no process listens on these ports of loopback.

    Raises:
        MovietagError: a port is in use; the text names it and its process.
    """
    used = [port for port in ports if not port_free(port)]
    if used:
        who = "; ".join(f"{port} by {_listener(port)}" for port in used)
        raise MovietagError(
            f"Ports in use: {who}. Stop that program, or select other ports with"
            " MOVIETAG_PORT_BASE (the embedded stack uses the base and up to 383 above it)."
        )


def port_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def ephemeral(ports: Iterable[int], table: Path = EPHEMERAL) -> str:
    """Why these ports are a bad choice: the system hands some of them out to clients; empty: it does not.

    A client of the stack itself may then hold the port of a server that starts a moment later.
    """
    try:
        first, last = map(int, table.read_text().split())
    except (OSError, ValueError):
        return ""
    taken = [port for port in ports if first <= port <= last]
    if not taken:
        return ""
    return (
        f"Ports {min(taken)} to {max(taken)} are among those that this machine gives to outgoing connections ({first} to"
        f" {last}): a server may find its port taken. Choose a MOVIETAG_PORT_BASE up to {first - WIDTH}."
    )


def check_disk(folders: Iterable[Path]) -> None:
    """Check that there is enough free space.

    Raises:
        MovietagError: less than 1 GiB is free on the disk of one of the folders.
    """
    for folder in folders:
        free = free_bytes(folder)
        if free < LEAST_FREE:
            raise MovietagError(
                f"The disk is nearly full: {free / 2**20:.0f} MiB free at {folder}, 1 GiB is needed."
                " Free some space, or select another folder with MOVIETAG_HOME and MOVIETAG_CACHE."
            )


def full_disk(where: HomeLayout) -> str:
    """Which disk of a stack is so full that its servers do not start, and what to do; empty if none is."""
    for folder in (where.home, where.kafka, where.search):
        if (free := free_bytes(folder)) < START_BYTES:
            return (
                f"The disk is full: {free >> 20} MiB are free at {folder}. What has ended for that starts by itself"
                f" when there are {START_BYTES >> 20} MiB: free some space."
            )
    return ""


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk of a folder, which need not exist yet."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free


def _listener(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (pid {process.pid})"
    except psutil.Error:
        pass
    return "a program of another user"


def lacking() -> str:
    """What keeps this Python from running Triton, and what to do; empty: nothing."""
    if RUNNING not in VERSIONS:
        return f"it is Python {RUNNING}: make the environment with {' or '.join(VERSIONS)}"
    library = f"libpython{RUNNING}.so.1.0"
    if _loads(Path(sys.base_prefix, "lib", library)) or _loads(Path(library)):
        return ""
    return f"{library} is missing: install the package libpython{RUNNING}"


def _loads(library: Path) -> bool:
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True
