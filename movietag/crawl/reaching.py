"""Whether sites can be connected to from this machine: to tell a site that is down from a network that is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from movietag.crawl.addresses import is_public
from movietag.crawl.guard import host_ports, port_of
from movietag.settings import Settings

CONNECT_SECONDS: Final = 5.0  # for each address
MOST_SITES: Final = 8  # that are tried
_PORTS: Final = (443, 80)


async def reached(sites: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """Those of the sites that a connection can be opened to; through a proxy, all if that is to the proxy.

    Args:
        sites: hosts, each with its port if that is not the usual one; further ones than ``MOST_SITES`` are left out.
        settings: the proxy, and the private hosts that may be connected to.
    """
    chosen = tuple(sites)[:MOST_SITES]
    if proxy := settings.proxy.get_secret_value():
        parts = urlsplit(proxy)
        port = port_of(parts) or 1080
        return chosen if await _opens(parts.hostname or "", port) else ()
    allowed = host_ports(settings.private_hosts)
    found = await asyncio.gather(*(_reaches(site, allowed) for site in chosen))
    return tuple(site for site, reaches in zip(chosen, found, strict=True) if reaches)


async def _reaches(site: str, allowed: frozenset[str]) -> bool:
    try:
        parts = urlsplit(f"//{site}")
        host, ports = parts.hostname or "", (parts.port,) if parts.port else _PORTS
    except ValueError:
        return False
    for port in ports:
        for address in await _addresses(host, port):
            permitted = is_public(address) or f"{host}:{port}" in allowed
            if permitted and await _opens(address, port):
                return True
    return False


async def _addresses(host: str, port: int) -> list[str]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _opens(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, UnicodeError):
        return False
    writer.close()
    return True
