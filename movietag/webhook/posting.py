"""One message posted to the receiver of a webhook: over public addresses, within a time, redirects not followed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from movietag.catalogue.door import PublicAddresses
from movietag.catalogue.errors import CatalogueError
from movietag.crawl.addresses import is_ip, is_public
from movietag.crawl.guard import host_ports, port_of
from movietag.errors import MovietagError, UsageError
from movietag.settings import Settings

SECONDS: Final = 15.0  # from connecting to the status of the answer
OF_THE_MESSAGE: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""The statuses by which a receiver refuses one message; all others say that it takes none now."""


class NotTakenError(MovietagError):
    """A message was not taken.

    Args:
        reason: why, without the path and query of the URL, which may hold a token.
        of_message: whether the receiver refuses this message; else it takes none now.
    """

    def __init__(self, reason: str, *, of_message: bool = False) -> None:
        self.of_message = of_message
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where webhooks go.

    Attributes:
        url: with its path and query, which may hold a token: it is not printed.
        place: ``host:port``, for people.
        allowed: each ``host:port`` that may have a private address.
    """

    url: str
    place: str
    allowed: frozenset[str]

    async def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a message.

        Raises:
            NotTakenError: no answer within ``SECONDS``, or another one than 2xx.
        """
        try:
            async with asyncio.timeout(SECONDS):
                status = await self._status(body, headers)
        except TimeoutError:
            raise NotTakenError(f"{self.place} did not answer within {SECONDS:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            said = str(error) or type(error).__name__
            raise NotTakenError(f"{self.place} cannot be reached: {said[:200]}") from None
        except CatalogueError as error:  # of the addresses
            raise NotTakenError(
                f"{error.reason} If it is your own server, add {self.place} to MOVIETAG_PRIVATE_HOSTS"
            ) from None
        if 200 <= status < 300:
            return
        what = f"{self.place} answered {status}"
        if 300 <= status < 400:
            what += "; redirects are not followed: set MOVIETAG_WEBHOOK_URL to the address itself"
        raise NotTakenError(what, of_message=status in OF_THE_MESSAGE)

    async def _status(self, body: bytes, headers: Mapping[str, str]) -> int:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=PublicAddresses(self.allowed)),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            ) as session,
            session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status


def receiver_of(settings: Settings) -> Receiver:
    """The receiver that the settings name.

    Raises:
        UsageError: they name none, or one that must not be connected to; the text says what would allow it.
    """
    url = settings.webhook_url.get_secret_value()
    if not url:
        raise UsageError("MOVIETAG_WEBHOOK_URL is not set: there is nobody to post events to.")
    allowed = host_ports(settings.private_hosts)
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname}:{port_of(parts)}"
    except ValueError:
        raise UsageError("MOVIETAG_WEBHOOK_URL is not a URL.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("MOVIETAG_WEBHOOK_URL is not an http or https URL.")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "MOVIETAG_WEBHOOK_URL has a user or password: leave them out. The signature says who sends."
        )
    if parts.scheme == "http" and place not in allowed:
        raise UsageError(
            f"MOVIETAG_WEBHOOK_URL: {place} must be reached by https. http is only for a host:port in"
            " MOVIETAG_PRIVATE_HOSTS."
        )
    if is_ip(parts.hostname) and not is_public(parts.hostname) and place not in allowed:
        raise UsageError(
            f"MOVIETAG_WEBHOOK_URL: {place} is a private address. If it is your own server, add {place} to"
            " MOVIETAG_PRIVATE_HOSTS."
        )
    return Receiver(url, place, allowed)
