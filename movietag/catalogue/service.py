"""One JSON service over HTTPS: asked politely, within bounds of time, tries and bytes, and never believed."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from movietag.catalogue.door import Door, PublicAddresses
from movietag.catalogue.errors import REFUSED_PAUSE, CatalogueError, UnknownIdError, changed
from movietag.catalogue.tree import Tree

TRIES: Final = 3
REQUEST_SECONDS: Final = 10.0  # one try, from connecting to the last byte
MOST_SENT: Final = 8 << 20  # bytes of an answer as it is sent
MOST_BYTES: Final = 32 << 20  # bytes of it, decompressed: 50 items of Wikidata have been 8 MB
FIRST_WAIT: Final = 1.0  # seconds before the second try
USUAL_PAUSE: Final = 30.0  # seconds, where a service that throttles does not say how long
LONGEST_PAUSE: Final = 24 * 3600.0

Ask = Callable[[str, Mapping[str, str]], Awaitable[Tree]]
"""Gets the JSON at a path with parameters; raises CatalogueError."""


@dataclass
class JsonService:
    """A service of which one query is made at a time.

    Attributes:
        door: where it is.
        headers: of each request.
        interval: seconds between the starts of two requests.
        parameters: of each request.
        busy: why an answer with status 200 says that the service is busy; empty if it does not.
        clock: a monotonic clock, in seconds.
        sleep: as asyncio's.
    """

    door: Door
    headers: Mapping[str, str] = field(repr=False)  # or the parameters have the key
    interval: float
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    busy: Callable[[Tree], str] = lambda _: ""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _last: float = field(default=float("-inf"), init=False)

    @asynccontextmanager
    async def connected(self, seconds: float) -> AsyncIterator[Ask]:
        """Queries of one lookup, which all together take at most so many seconds."""
        until = self.clock() + seconds
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=PublicAddresses(self.door.allowed)),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={**self.headers, "Accept": "application/json", "Accept-Encoding": "gzip"},
            auto_decompress=False,
        ) as session:

            async def ask(path: str, parameters: Mapping[str, str]) -> Tree:
                return await self._patiently(session, path, parameters, until)

            yield ask

    async def _patiently(
        self,
        session: aiohttp.ClientSession,
        path: str,
        parameters: Mapping[str, str],
        until: float,
    ) -> Tree:
        """Ask a few times; the last failure is raised, and one whose pause is longer than what is left at once."""
        for attempt in range(1, TRIES + 1):
            try:
                return await self._once(session, path, parameters, until)
            except CatalogueError as error:
                wait = error.pause or FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(1, 1.5)
                again = error.kind in ("network", "slow", "server", "throttled")
                if not again or attempt == TRIES or self.clock() + wait >= until:
                    raise
                await self.sleep(wait)
        raise AssertionError

    async def _once(
        self,
        session: aiohttp.ClientSession,
        path: str,
        parameters: Mapping[str, str],
        until: float,
    ) -> Tree:
        wait = self._last + self.interval - self.clock()
        if wait > 0:
            await self.sleep(wait)
        self._last = self.clock()
        try:
            async with asyncio.timeout(min(REQUEST_SECONDS, until - self._last)):
                content, pause = await self._content(session, path, parameters)
        except TimeoutError:
            raise CatalogueError("slow", "It did not answer in time.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = f"It cannot be reached, or breaks off: {_said(error)}."
            raise CatalogueError("network", reason) from None
        try:
            tree = Tree.of_json(content)
        except ValueError as error:
            raise changed(f"no JSON in it ({error})") from None
        if why := self.busy(tree):
            raise CatalogueError("throttled", f"It is busy: {why[:200]}.", pause=pause)
        return tree

    async def _content(
        self, session: aiohttp.ClientSession, path: str, parameters: Mapping[str, str]
    ) -> tuple[bytes, float]:
        """The content of an answer, and the seconds after which it says to ask again (0: it does not say)."""
        async with session.get(
            self.door.base + path,
            params={**self.parameters, **parameters},
            proxy=self.door.proxy or None,
            allow_redirects=False,
        ) as answer:
            pause = retry_after(answer.headers.get("Retry-After", ""))
            _raise_for(answer.status, pause)
            sent = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                sent += chunk
                if len(sent) > MOST_SENT:
                    raise _too_large()
            return _unpacked(bytes(sent), answer.headers.get("Content-Encoding", "")), pause


def retry_after(header: str) -> float:
    """The seconds that a header ``Retry-After`` names, as a number or a date; 0 if it names none, at most a day."""
    text = header.strip()
    if text.isdecimal():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        at = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(at - time.time(), 0.0), LONGEST_PAUSE)


def _raise_for(status: int, pause: float) -> None:
    """Nothing, if an answer's status is 200.

    Raises:
        CatalogueError: for any other one.
    """
    said = f"It answers with status {status}"
    if status == 429:
        raise CatalogueError("throttled", f"{said}: too many requests.", pause=pause or USUAL_PAUSE)
    if status >= 500:
        raise CatalogueError("server", f"{said}.", pause=pause)
    if status in (401, 403):
        why = f"{said}: the key is not valid, or this address or user agent is blocked."
        raise CatalogueError("refused", why, pause=pause or REFUSED_PAUSE)
    if status == 404:
        raise UnknownIdError
    if 300 <= status < 400:
        raise CatalogueError("redirect", f"{said}: a redirect, which is not followed.")
    if status != 200:
        raise CatalogueError("changed", f"{said}.", of_service=False)


def _unpacked(sent: bytes, encoding: str) -> bytes:
    """The content, decompressed within bounds."""
    form = encoding.strip().lower()
    if form in ("identity", ""):
        return sent
    if form not in ("gzip", "x-gzip"):
        raise changed(f"the encoding {encoding[:40]!r}, which was not asked for")
    packed = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        content = packed.decompress(sent, MOST_BYTES)
    except zlib.error as error:
        raise changed(f"damaged gzip in it ({error})") from None
    if packed.unconsumed_tail:
        raise _too_large()
    if not packed.eof:
        raise CatalogueError("network", "Its answer breaks off.")
    return content


def _too_large() -> CatalogueError:
    return CatalogueError("too-large", "Its answer is too large.", of_service=False)


def _said(error: Exception) -> str:
    """An error without its address, which may hold a key."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return getattr(cause, "strerror", None) or type(cause).__name__
