"""Where a request comes from, by its headers: names of this server, pages of it, and programs. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from movietag.settings import Settings

Headers = dict[bytes, bytes]


def is_loopback(host: str) -> bool:
    """Whether an address is only reachable from this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """The host names that the server accepts; empty: any.

    On loopback only names of this machine, so no page of another site can reach the server through a name
    of its own that resolves to this machine (DNS rebinding).

    """
    if not is_loopback(settings.web_host) and not settings.web_hosts:
        return frozenset()
    return frozenset((*settings.web_hosts, "127.0.0.1", "localhost", "[::1]"))


def is_same_origin(headers: Headers) -> bool:
    """Whether the headers show that a browser sends the request from a page of this server.

    Browsers send this with every POST: Sec-Fetch-Site on secure or local connections, else Origin, whose
    host and port must equal Host. Without either header the answer is no.

    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    try:
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
    except ValueError:
        return False
    return bool(origin) and origin == headers.get(b"host", b"").decode("latin-1")


def is_of_browser(headers: Headers) -> bool:
    """Whether a page sends the request, and not a program: only browsers name the page."""
    return b"sec-fetch-site" in headers or b"origin" in headers


def is_json_body(headers: Headers) -> bool:
    """Whether the body is said to be JSON: browsers send that to other servers only after these allow it."""
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    return kind.strip().lower() == b"application/json"


def host_name(host: bytes) -> str:
    """A Host header without its port."""
    text = host.decode("latin-1").casefold()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() else text
