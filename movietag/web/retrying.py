"""Trying failed movies again over HTTP: the call, and what the page's button does."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from movietag.errors import UsageError
from movietag.search.failures import failures
from movietag.steering.retrying import retried_movies
from movietag.streams.watch.logs import told
from movietag.web.answers import describe_write, record_response
from movietag.web.bodies import Text
from movietag.web.library import Library, LibraryRoute, Shared
from movietag.web.roles import Caller, Role, require_role
from movietag.web.running import WORK
from movietag.web.sending import queue_errors, send_within

MOST_RETRIED: Final = 5000  # movies at a time, within the deadline of a request
MOST_REASONS: Final = 20

log = logging.getLogger("movietag.web")
router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)
Retrier = Annotated[Caller, Depends(require_role(Role.ADD))]


class FailuresToRetry(BaseModel):
    """Which failed movies are tried again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reasons: list[Annotated[Text, Field(max_length=100)]] = Field(
        min_length=1,
        max_length=MOST_REASONS,
        description="Reasons, as `GET /api/failed` counts them (`error`).",
    )


class RetriedFailures(msgspec.Struct, frozen=True):
    """How many failed movies were sent again; they are listed as failed until they run."""

    sent: int


@router.post("/failed/retry", tags=[WORK], responses=describe_write(RetriedFailures))
async def retry_failures(library: Shared, caller: Retrier, wanted: FailuresToRetry) -> Response:
    """Search and fetch the failed movies with these reasons again, without the pause between automatic tries."""
    return record_response(RetriedFailures(await retry_by_reason(library, caller, wanted.reasons)))


async def retry_by_reason(library: Library, caller: Caller, reasons: Sequence[str]) -> int:
    """Send the failed movies with one of these reasons again; returns how many.

    Raises:
        UsageError: no movie failed with one of them, or more than ``MOST_RETRIED`` did.
        TransientError: a server is unreachable.
    """
    errors = tuple(dict.fromkeys(reasons))
    total = (await failures(library.reader, errors, 0)).total
    if total > MOST_RETRIED:
        options = " ".join(f"--reason {one}" for one in errors)
        raise UsageError(
            f"{total:,} movies failed with this; here at most {MOST_RETRIED:,} are tried again at a time."
            f" All of them: movietag failed {options} --retry"
        )
    async with queue_errors(library.settings):
        values, bulk = await retried_movies(library.reader, library.settings, errors)
    await send_within(library.settings, values, bulk=bulk)
    told(log, logging.INFO, "tried again", key=caller.name, titles=len(values))
    return len(values)
