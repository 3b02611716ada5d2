"""The way out to a catalogue: which addresses may be connected to, through which proxy."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from movietag.catalogue.errors import CatalogueError
from movietag.crawl.addresses import is_ip, is_public
from movietag.crawl.guard import host_ports, port_of
from movietag.errors import UsageError
from movietag.settings import Settings


@dataclass(frozen=True, slots=True)
class Door:
    """How a catalogue is reached.

    Attributes:
        base: URL that its addresses begin with, without a slash at its end.
        proxy: URL of an HTTP proxy; empty: none.
        allowed: each ``host:port`` that may have a private address.
    """

    base: str
    proxy: str = field(default="", repr=False)  # it may have a password
    allowed: frozenset[str] = frozenset()

    @property
    def host(self) -> str:
        """The host of the catalogue, with its port if it names one."""
        return urlsplit(self.base).netloc


def open_door(settings: Settings, default: str) -> Door:
    """The door of the settings to a catalogue whose own address is ``default``.

    Raises:
        UsageError: ``catalogue_url`` is no address that may be connected to, or the proxy is not an HTTP proxy.
    """
    base = (settings.catalogue_url or default).rstrip("/")
    proxy = settings.proxy.get_secret_value()
    allowed = host_ports(settings.private_hosts)
    try:
        parts = urlsplit(base)
        here = _place(parts)
        through = urlsplit(proxy)
        by_proxy = _place(through) if proxy else ""
    except ValueError:
        raise UsageError("MOVIETAG_CATALOGUE_URL or MOVIETAG_PROXY is not a URL.") from None
    if not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"MOVIETAG_CATALOGUE_URL: {base} is not the address of a server.")
    if parts.scheme != "https" and not (parts.scheme == "http" and here in allowed):
        raise UsageError(
            f"MOVIETAG_CATALOGUE_URL: {base} must begin with https://; http:// is only for a host:port in"
            " MOVIETAG_PRIVATE_HOSTS."
        )
    if is_ip(parts.hostname) and not is_public(parts.hostname) and here not in allowed:
        raise UsageError(
            f"MOVIETAG_CATALOGUE_URL: {here} is a private address. If it is your own server, add {here} to"
            " MOVIETAG_PRIVATE_HOSTS."
        )
    if proxy and through.scheme not in ("http", "https"):
        raise UsageError(
            f"MOVIETAG_CATALOGUE: a catalogue is reached through an HTTP proxy only, and MOVIETAG_PROXY is of the"
            f" kind {through.scheme or 'unknown'!r}. Set MOVIETAG_CATALOGUE=off, or use an HTTP proxy."
        )
    return Door(base, proxy, allowed | ({by_proxy} if proxy else frozenset()))


class PublicAddresses(AbstractResolver):
    """Resolves names to public addresses only, but for the allowed ``host:port``."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            OSError: the name does not resolve.
            CatalogueError: ``forbidden-address``: all of its addresses are private.
        """
        found = await self._inner.resolve(host, port, family)
        if f"{host.lower()}:{port}" in self._allowed:
            return found
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise CatalogueError("forbidden-address", f"{host} has a private address.")
        return public

    async def close(self) -> None:
        """Release nothing."""


def _place(parts: SplitResult) -> str:
    """``host:port`` of an address."""
    return f"{parts.hostname}:{port_of(parts)}"
