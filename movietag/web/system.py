"""The endpoint about the whole system: its servers, its stages on all machines, what is paused."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from movietag.kafka.fleet import GroupStatus
from movietag.web.answers import cached_response, describe_read
from movietag.web.health import search_fault
from movietag.web.library import LibraryRoute, Shared
from movietag.web.pausing import SitePause, site_pauses
from movietag.web.running import WORK

router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)
NO_PAUSES: Final = "Not known: what is paused: Kafka does not answer."


class LibraryStatus(msgspec.Struct, frozen=True):
    """Whether each stage has a worker that works, and both servers answer; and what is known of each.

    ``stages``: the consumer groups of the stages on all machines, with their workers. ``missing``: what could not
    be learnt, and why. ``elasticsearch``: why it does not answer; empty if it does.
    """

    works: bool
    elasticsearch: str
    stages: tuple[GroupStatus, ...]
    pauses: tuple[SitePause, ...]
    missing: tuple[str, ...]


@router.get("/status", tags=[WORK], responses=describe_read(LibraryStatus))
async def show_status(request: Request, library: Shared) -> Response:
    """The state of the system: servers, stages with their workers and lag, and pauses. Answers whatever is down."""
    fleet, pauses, fault = await asyncio.gather(
        library.fleet.get(), library.pauses.get(), search_fault(library.reader.es)
    )
    status = LibraryStatus(
        works=fleet.works and not fault,
        elasticsearch=fault,
        stages=fleet.groups,
        pauses=site_pauses(pauses or {}).pauses,
        missing=(*fleet.missing, *(() if pauses is not None else (NO_PAUSES,))),
    )
    return cached_response(request, status)
