"""The addresses of Tritons: a list, in which the name of several servers stands for each of them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from movietag.captioning import TritonAwayError


def is_one_server(addresses: Sequence[str]) -> bool:
    """Whether there is one address, and that of one server for ever: a number, not a name."""
    if len(addresses) > 1:
        return False
    host = host_of(addresses[0])
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def host_of(address: str) -> str:
    """The host of ``host:port``."""
    return address.rpartition(":")[0].strip("[]")


async def look_up(addresses: Sequence[str]) -> dict[str, str]:
    """The servers at these addresses now, each with its host as it is configured, which its certificate names.

    A name with several addresses in DNS becomes all of them.

    Raises:
        TransientError: no name is known to DNS at present.
    """
    found: dict[str, str] = {}
    failed: list[str] = []
    for address in addresses:
        try:
            found |= dict.fromkeys(await _servers(address), host_of(address))
        except OSError as error:
            failed.append(f"{address} ({error.strerror})")
    if not found:
        raise TritonAwayError(f"No address of a Triton is known for {', '.join(failed)}.")
    return found


async def _servers(address: str) -> list[str]:
    host, _, port = address.rpartition(":")
    found = await asyncio.get_running_loop().getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_STREAM
    )
    hosts = sorted({str(one[4][0]) for one in found})
    if len(hosts) == 1:
        return [address]  # the name stands in messages
    return [f"[{one}]:{port}" if ":" in one else f"{one}:{port}" for one in hosts]
