"""The endpoints that pause and resume fetching, as a whole or of one site."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from movietag.fleet.fetch_pauses import (
    EVERYTHING,
    FetchPause,
    pause_fetching,
    read_fetch_pauses,
    resume_fetching,
)
from movietag.settings import Settings
from movietag.streams.watch.logs import told
from movietag.web.answers import cached_response, describe_read, describe_write, record_response
from movietag.web.library import LibraryRoute, Shared
from movietag.web.roles import Caller, Role, require_role
from movietag.web.sending import queue_errors

PAUSES: Final = "pauses"  # the tag of the OpenAPI

log = logging.getLogger("movietag.web")
router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)
Operator = Annotated[Caller, Depends(require_role(Role.OPERATE))]
Site = Annotated[
    str, Path(description="Its host, e.g. `youtube.com`.", min_length=1, max_length=253)
]


class SitePause(msgspec.Struct, frozen=True):
    """A pause of a site, or of all fetching where ``site`` is empty; ``since_ms``: milliseconds since 1970."""

    site: str
    since_ms: int


class SitePauses(msgspec.Struct, frozen=True):
    """What is paused now, by site; the pause of everything comes first."""

    pauses: tuple[SitePause, ...]


@router.get("/pauses", tags=[PAUSES], responses=describe_read(SitePauses))
async def list_pauses(request: Request, library: Shared) -> Response:
    """List what is paused: sites, and all fetching."""
    return cached_response(request, await current_pauses(library.settings))


@router.put("/pauses", tags=[PAUSES], responses=describe_write(SitePauses))
async def pause_everything(library: Shared, caller: Operator) -> Response:
    """Fetch no further videos, from nowhere, until it is resumed; search works on, and titles may be added."""
    return await _pause(library.settings, caller, EVERYTHING)


@router.delete("/pauses", tags=[PAUSES], responses=describe_write(SitePauses))
async def resume_everything(library: Shared, caller: Operator) -> Response:
    """End all pauses, those of sites included."""
    return await _resume(library.settings, caller, EVERYTHING)


@router.put("/pauses/{site}", tags=[PAUSES], responses=describe_write(SitePauses))
async def pause_site(library: Shared, caller: Operator, site: Site) -> Response:
    """Fetch no further videos from a site until it is resumed."""
    return await _pause(library.settings, caller, site)


@router.delete("/pauses/{site}", tags=[PAUSES], responses=describe_write(SitePauses))
async def resume_site(library: Shared, caller: Operator, site: Site) -> Response:
    """End the pause of a site; a pause of everything stays."""
    return await _resume(library.settings, caller, site)


async def current_pauses(settings: Settings) -> SitePauses:
    """What is paused now; raises QueueUnavailableError."""
    async with queue_errors(settings):
        pauses = await read_fetch_pauses(settings)
    return site_pauses(pauses)


def site_pauses(pauses: Mapping[str, FetchPause]) -> SitePauses:
    """The pauses by site as they are returned, in the order of their sites."""
    return SitePauses(tuple(SitePause(site, one.since_ms) for site, one in sorted(pauses.items())))


async def _pause(settings: Settings, caller: Caller, site: str) -> Response:
    async with queue_errors(settings):
        named = await pause_fetching(settings, site, int(time.time() * 1000))
    told(log, logging.INFO, "paused", key=caller.name, site=named or "all")
    return record_response(await current_pauses(settings))


async def _resume(settings: Settings, caller: Caller, site: str) -> Response:
    async with queue_errors(settings):
        ended = await resume_fetching(settings, site)
    for one in ended:
        told(log, logging.INFO, "resumed", key=caller.name, site=one or "all")
    return record_response(await current_pauses(settings))
