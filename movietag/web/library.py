"""What requests share: a reader, cached lifts, snapshots for pages, the frame store, the state of the system."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from movietag.awaiting import Waiting
from movietag.errors import TransientError
from movietag.fleet.fetch_pauses import FetchPause, read_fetch_pauses
from movietag.kafka.clients import admin, quiet
from movietag.kafka.fleet import FleetStatus
from movietag.kafka.fleet_reading import read_fleet
from movietag.local.outlook import LibraryProgress, library_progress
from movietag.local.stages import StageStatus, ask_stages
from movietag.search.cursors import Cursor
from movietag.search.index.ensuring import current_vocabulary
from movietag.search.indices import SnapshotLostError
from movietag.search.lift import Lifts
from movietag.search.reader import Reader, reader_with
from movietag.search.sent_once import one_request
from movietag.settings import Settings, after_retags
from movietag.vocabulary import Vocabulary, load
from movietag.web.caching import Cached
from movietag.web.players import Players
from movietag.web.thumbnails import Thumbnails

T = TypeVar("T")

LIFT_SECONDS: Final = 60.0
SNAPSHOT_SECONDS: Final = 5.0
SYSTEM_SECONDS: Final = 1.5
PROGRESS_SECONDS: Final = 5.0
CURRENT_SECONDS: Final = 2.0
KAFKA_SECONDS: Final = 2.0
FLEET_SECONDS: Final = 3.0
PAUSES_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """The state of the stages, and whether Kafka responds."""

    stages: Sequence[StageStatus]
    kafka: bool


async def system_status(settings: Settings) -> SystemStatus:
    """The current state; does not raise if something is down."""
    kafka = await kafka_answers(settings)
    return SystemStatus(await asyncio.to_thread(ask_stages, settings), kafka)


async def kafka_answers(settings: Settings) -> bool:
    """Whether Kafka responds within ``KAFKA_SECONDS``."""
    with quiet():
        try:
            async with asyncio.timeout(KAFKA_SECONDS), admin(settings):
                return True
        except (TransientError, TimeoutError):
            return False


async def known_pauses(settings: Settings) -> Mapping[str, FetchPause] | None:
    """What is paused, by site; None if Kafka does not say so within ``KAFKA_SECONDS``."""
    with quiet():
        try:
            async with asyncio.timeout(KAFKA_SECONDS):
                return await read_fetch_pauses(settings)
        except (TransientError, TimeoutError):
            return None


class Library:
    """The server's reader, and what all requests share."""

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self.reader = reader
        self.settings = settings
        self.thumbnails = Thumbnails.from_settings(settings)
        self.waiting = Waiting(settings)
        self.players = Players(settings)
        self._lifts = Cached(reader.lifts, LIFT_SECONDS, stale=True)
        self.system: Cached[SystemStatus] = Cached(
            lambda: system_status(settings), SYSTEM_SECONDS, stale=False
        )
        self.current: Cached[Vocabulary] = Cached(self._current, CURRENT_SECONDS, stale=False)
        self.progress: Cached[LibraryProgress | None] = Cached(
            self._progress, PROGRESS_SECONDS, stale=True
        )
        self.fleet: Cached[FleetStatus] = Cached(
            lambda: read_fleet(settings), FLEET_SECONDS, stale=False
        )
        self.pauses: Cached[Mapping[str, FetchPause] | None] = Cached(
            lambda: known_pauses(settings), PAUSES_SECONDS, stale=False
        )
        self._snapshots: dict[str, Cached[str]] = {}

    async def _current(self) -> Vocabulary:
        own = load(self.settings.vocabulary, self.settings.match)
        return await current_vocabulary(self.reader.es, own)

    async def _progress(self) -> LibraryProgress | None:
        system = await self.system.get()
        return await library_progress(self.reader, self.settings, system.stages)

    async def lifts(self) -> Lifts:
        """The mean ratio of each tag, up to about a minute old."""
        return await self._lifts.get()

    async def in_snapshot(
        self, alias: str, cursor: Cursor | None, search: Callable[[str], Awaitable[T]]
    ) -> T:
        """Search for a page in the cursor's snapshot, or, for a first page, in a recent one.

        A snapshot that is gone is no error: the page is one of the index as it is now.
        """
        snapshot = cursor.snapshot if cursor else ""
        try:
            return await search(snapshot or await self._snapshot(alias))
        except SnapshotLostError:
            self._snapshots.pop(alias, None)
            return await search("")

    async def _snapshot(self, alias: str) -> str:
        """A snapshot that is at most ``SNAPSHOT_SECONDS`` old; shared, as Elasticsearch allows only a few hundred."""
        if alias not in self._snapshots:
            opened = lambda: self.reader.indices.open(alias)  # noqa: E731
            self._snapshots[alias] = Cached(opened, SNAPSHOT_SECONDS, stale=False)
        return await self._snapshots[alias].get()


async def library_of(request: Request) -> Library:
    """The library of a request; raises like ``current_library``."""
    library = await current_library(request.app.state.library)
    request.app.state.library = request.state.library = library
    return library


async def current_library(library: Library) -> Library:
    """The library; after a retag, here or on another machine, that of the current vocabulary.

    Raises:
        UsageError: the current vocabulary is invalid.
    """
    now = after_retags(library.settings)
    if now is not library.settings:
        library = _with(library, now, load(now.vocabulary, now.match))
    with suppress(TransientError):  # the search itself raises it
        vocabulary = await library.current.get()
        if vocabulary.vocabulary_id != library.reader.vocabulary.vocabulary_id:
            library = _with(library, now, vocabulary)
    return library


class LibraryRoute(APIRoute):
    """Repeats a GET during which a retag deleted the indices that it searched."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, with the repetition."""
        handle = super().get_route_handler()

        async def repeated(request: Request) -> Response:
            try:
                with one_request():
                    return await handle(request)
            except TransientError:
                if request.method != "GET" or not await _retagged(request):
                    raise
            with one_request():
                return await handle(request)

        return repeated


async def _retagged(request: Request) -> bool:
    """Whether another vocabulary than that of the request's library is current by now."""
    used: Library | None = getattr(request.state, "library", None)
    if used is None:
        return False
    used.current.clear()
    with suppress(TransientError):
        vocabulary = await used.current.get()
        return vocabulary.vocabulary_id != used.reader.vocabulary.vocabulary_id
    return False


def _with(library: Library, settings: Settings, vocabulary: Vocabulary) -> Library:
    return Library(reader_with(library.reader.es, settings, vocabulary), settings)


Shared = Annotated[Library, Depends(library_of)]
