"""Which URLs, addresses and paths may be read: users name them, so each is checked."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from movietag.crawl.addresses import is_ip, is_public
from movietag.errors import PermanentError

_Address = tuple[str, int]


def check_url(url: str, sites: Iterable[str], private_hosts: Iterable[str]) -> None:
    """Refuse a URL that a title names, unless it is http(s) and of an allowed site or host.

    Args:
        url: as the user wrote it.
        sites: allowed domains; their subdomains count too, on the usual ports.
        private_hosts: allowed ``host:port``.

    Raises:
        PermanentError: ``forbidden-url``, with the reason and the setting that would allow it.
    """
    shown = url if len(url) <= 200 else url[:197] + "..."
    try:
        parts = urlsplit(url)
        port = port_of(parts)
    except ValueError:
        raise _forbidden_url(f"{shown} is not a URL.") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host:
        raise _forbidden_url(f"{shown} is not an http or https URL.")
    if parts.username is not None or parts.password is not None:
        raise _forbidden_url(f"The URL of {host} carries a user name or password; leave it out.")
    if any(char.isspace() or char in '\\"<>^`{|}' or ord(char) < 32 for char in url):
        raise _forbidden_url(
            f"{shown} has characters that a URL must not have; encode them as %XX."
        )
    if f"{host}:{port}" in host_ports(private_hosts):
        return
    ours = any(host == site or host.endswith(f".{site}") for site in map(_domain, sites))
    if not ours or is_ip(host):
        raise _forbidden_url(
            f"{shown} is not of an allowed site. Allowed are the sites in MOVIETAG_SITES, and each host:port"
            " in MOVIETAG_PRIVATE_HOSTS."
        )
    if port not in (80, 443):
        raise _forbidden_url(f"{shown} names port {port}; sites are read on ports 80 and 443 only.")


def check_path(path: str, roots: Iterable[Path], kind: Literal["file", "folder"]) -> Path:
    """Resolve a path that a title names, links included; it must be below an allowed root.

    Raises:
        PermanentError: ``forbidden-path`` (relative, or below no root: the text does not reveal whether it
            exists), or ``missing-path`` (it does not exist, or is not a regular file or folder).
    """
    given = Path(path)
    if not given.is_absolute():
        raise PermanentError("forbidden-path", f"The path {path} is relative; write it from / on.")
    try:
        real = given.resolve()
        if any(map(os.path.islink, (real, *real.parents))):  # Python 3.13 leaves a loop as it is
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        allowed = [root.resolve() for root in roots]
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a name that is too long
        raise PermanentError("forbidden-path", f"The path {path} cannot be resolved.") from None
    host = socket.gethostname()  # workers of several machines may not have the same folders
    if not any(real.is_relative_to(root) for root in allowed):
        raise PermanentError(
            "forbidden-path",
            f"The path {path} is below none of the allowed folders of {host}. MOVIETAG_ROOTS lists them; links"
            " are resolved first.",
        )
    right = os.path.isfile if kind == "file" else os.path.isdir  # unlike Path's, these never raise
    if not right(real):
        wanted = "a regular file" if kind == "file" else "a folder"
        raise PermanentError(
            "missing-path", f"The path {path} is not {wanted} on this machine ({host})."
        )
    return real


def install_network_guard(private_hosts: Iterable[str], proxy: str | None = None) -> None:
    """Restrict this process to connections to public addresses, and to the given hosts.

    It patches the socket, below every Python library, where addresses are resolved: so it covers redirects
    and names that resolve to private addresses. Through a proxy, the proxy decides where it connects.

    Args:
        private_hosts: allowed ``host:port``; names are resolved now.
        proxy: URL of a proxy, whose own address is allowed.
    """
    allowed = {address for host in host_ports(private_hosts) for address in _addresses(host)}
    if proxy:
        parts = urlsplit(proxy)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 1080)
        allowed |= _addresses(f"{parts.hostname}:{port}")

    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        connect(self, _permitted(self, address, allowed))

    def guarded_ex(self: socket.socket, address: Any) -> int:
        return connect_ex(self, _permitted(self, address, allowed))

    setattr(socket.socket, "connect", guarded)  # noqa: B010  # mypy knows no other way to replace it
    setattr(socket.socket, "connect_ex", guarded_ex)  # noqa: B010


def _permitted(sock: socket.socket, address: Any, allowed: set[_Address]) -> Any:
    """The address to connect to: a name is resolved here, once, so the checked address is the one used.

    Raises:
        PermanentError: ``forbidden-address``. Not an OSError, because libraries retry those.
    """
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        raise PermanentError("forbidden-address", "Only internet addresses may be connected to.")
    host, port = address[:2]
    if not is_ip(host):
        address = socket.getaddrinfo(host, port, sock.family, sock.type)[0][4]
    ip = str(address[0])
    if not is_public(ip) and (ip.partition("%")[0], int(port)) not in allowed:
        raise PermanentError(
            "forbidden-address",
            f"{host}:{port} is a private address ({ip}). If it is your own server, add {host}:{port}"
            " to MOVIETAG_PRIVATE_HOSTS.",
        )
    return address


def _addresses(host: str) -> set[_Address]:
    """The addresses of ``host:port``; empty if the name does not resolve."""
    name, _, port = host.rpartition(":")
    try:
        found = socket.getaddrinfo(name.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return set()
    return {(str(address[0]), int(address[1])) for *_, address in found}


def port_of(parts: SplitResult) -> int:
    """The port that a URL names, else the usual one of its scheme; 0 if it has none.

    Raises:
        ValueError: it is no port.
    """
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)


def host_ports(private_hosts: Iterable[str]) -> frozenset[str]:
    """The setting's hosts in one spelling: ``host:port``, of an IPv6 address without its brackets."""
    return frozenset(
        host.strip().lower().replace("[", "").replace("]", "") for host in private_hosts
    )


def _domain(site: str) -> str:
    return site.strip().lower().strip(".")


def _forbidden_url(reason: str) -> PermanentError:
    return PermanentError("forbidden-url", reason)
