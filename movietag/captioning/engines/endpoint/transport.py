"""HTTP to one endpoint: bounded in time and size, redirects not followed, the key in no text."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from movietag.captioning.endpoint_settings import EndpointSettings
from movietag.captioning.engines.endpoint.faults import EndpointFault, FaultKind, fault_of_status
from movietag.redaction import HIDDEN, redacted

T = TypeVar("T")

MOST_BODY: Final = 1 << 20
"""Bytes of an answer."""
_CONNECT_SECONDS: Final = 10.0
# Nothing came back at all; after any other failure the picture may have been the reason.
_UNREACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class EndpointTransport:
    """Sends requests to one endpoint. Belongs to the event loop that uses it first.

    A loopback address is reached directly, any other by the proxy that the usual variables name.

    Args:
        base: its URL.
        settings: limits, and where the key is.
    """

    def __init__(self, base: str, settings: EndpointSettings) -> None:
        self.base = base
        self.where = redacted(base)
        self._settings = settings
        self._client: httpx.AsyncClient | None = None

    async def fetch(
        self,
        url: str,
        read: Callable[[bytes], T],
        body: bytes | None = None,
        within: float | None = None,
    ) -> T:
        """What is answered with status 200: to a POST with a body, to a GET without.

        Args:
            url: complete.
            read: reads the answer; the key is left out of its faults, too, for an endpoint may echo a request.
            body: JSON.
            within: seconds; default: those of the settings.

        Raises:
            EndpointFault: there is no such answer, or it cannot be read.
        """
        seconds = within or self._settings.seconds
        key = self._key()
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(url, body, key)
            return read(answer)
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout):
            text = f"{self.where} gave no answer within {seconds:g} s."
            raise EndpointFault(FaultKind.UNCLEAR, text) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            kind = FaultKind.AWAY if isinstance(error, _UNREACHED) else FaultKind.UNCLEAR
            said = _without(key, str(error) or type(error).__name__)
            raise EndpointFault(kind, f"{self.where} cannot be reached: {said}.") from None
        except EndpointFault as fault:
            text = _without(key, fault.text)
            raise EndpointFault(fault.kind, text, fault.pause, fault.status) from None

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _exchange(self, url: str, body: bytes | None, key: str) -> bytes:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Authorization"] = f"Bearer {key}"
        method = "GET" if body is None else "POST"
        async with self._connected().stream(method, url, content=body, headers=headers) as response:
            read = await self._bounded(response)
            if response.status_code != 200:
                found = {name.lower(): value for name, value in response.headers.items()}
                raise fault_of_status(response.status_code, found, read, self.where)
            return read

    async def _bounded(self, response: httpx.Response) -> bytes:
        """The body as it comes: a compressed one, which was not asked for, is not unpacked."""
        read = bytearray()
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) > MOST_BODY:
                text = f"{self.where} answers with more than {MOST_BODY >> 20} MiB."
                raise EndpointFault(FaultKind.UNCLEAR, text)
        return bytes(read)

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            try:
                self._client = httpx.AsyncClient(
                    timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
                    follow_redirects=False,
                    verify=_authorities(),
                    trust_env=not _is_here(self.base),
                )
            except (ImportError, ValueError, OSError) as error:
                raise EndpointFault(
                    FaultKind.SETTINGS,
                    f"{self.where} cannot be reached as the environment says (HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE):"
                    f" {redacted(error)} Correct these variables, or name the endpoint in NO_PROXY.",
                ) from None
        return self._client

    def _key(self) -> str:
        """The key, read anew: it may be corrected while frames wait.

        Raises:
            EndpointFault: the file holds none.
        """
        path = self._settings.key_file
        if path is None:
            return ""
        try:
            key = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            text = f"The key of the endpoints cannot be read from {path}: {reason}."
            raise EndpointFault(FaultKind.SETTINGS, text) from None
        if not (key.isascii() and key.isprintable() and key and " " not in key):
            text = f"{path} holds no API key: one line of ASCII without blanks."
            raise EndpointFault(FaultKind.SETTINGS, text)
        return key


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Reading all authorities takes longer than a request."""
    return httpx.create_ssl_context()


def _without(key: str, text: str) -> str:
    """A text that an endpoint may have had a hand in, without the key."""
    return text.replace(key, HIDDEN) if key else text


def _is_here(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
