"""The endpoints of dead letters: list, count, replay, purge."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from aiokafka import AIOKafkaProducer
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from movietag.documents import LetterBody
from movietag.errors import UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.clients import producer
from movietag.letters.replaying import ReplayOutcome, purge, replay
from movietag.letters.selecting import LetterSelection, count_selected, selected_letters
from movietag.search.letter_counts import LetterCounts, count_letters
from movietag.search.reader import LetterQuery, Letters
from movietag.settings import Settings
from movietag.streams.watch.logs import told
from movietag.web.answers import cached_response, describe_read, describe_write, record_response
from movietag.web.bodies import Text
from movietag.web.calls import MOST_RESULTS
from movietag.web.library import Library, LibraryRoute, Shared
from movietag.web.roles import Caller, Role, require_role
from movietag.web.sending import queue_errors

LETTERS: Final = "letters"  # the tag of the OpenAPI
MOST_PAGED: Final = 10_000  # letters that Elasticsearch pages through
MOST_ACTED: Final = 200  # letters of a call, within its deadline
MOST_IDS: Final = 100
ACT_SECONDS: Final = 8.0
LAST_MS: Final = 253_402_300_799_999  # the end of the year 9999

log = logging.getLogger("movietag.web")
router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)
Operator = Annotated[Caller, Depends(require_role(Role.OPERATE))]
Purger = Annotated[Caller, Depends(require_role(Role.OPERATE, deletes=True))]
State: TypeAlias = Literal["failed", "replayed"]
Action: TypeAlias = Callable[
    [Settings, AIOKafkaProducer, AsyncIterable[LetterBody]], Awaitable[ReplayOutcome]
]
STATE: Final = "Only letters in this state; `replayed`: and not failed again since."


class LetterFilters(BaseModel):
    """Which letters; an empty field does not filter. Times are milliseconds since 1970."""

    model_config = ConfigDict(extra="forbid")
    stage: Text = Field("", max_length=100, description="Only from this stage.")
    error: Text = Field("", max_length=200, description="Only with this error, e.g. `bad-title`.")
    movie_id: Text = Field("", max_length=500, description="Only about this movie.")
    topic: Text = Field("", max_length=250, description="Only from this topic.")
    text: Text = Field(
        "", max_length=500, description="Only with these words in the reason or the message."
    )
    since_ms: int | None = Field(None, ge=0, le=LAST_MS, description="Only since this time.")
    until_ms: int | None = Field(None, ge=0, le=LAST_MS, description="Only before this time.")

    def query(self, state: State | None, skip: int = 0, limit: int = 0) -> LetterQuery:
        """The query of these filters."""
        wanted = self.model_dump(include=set(LetterFilters.model_fields))
        return LetterQuery(**wanted, state=state, skip=skip, limit=limit)


class LetterParameters(LetterFilters):
    """The parameters of a list of letters."""

    state: State | None = Field(None, description=STATE)
    skip: int = Field(
        0, ge=0, le=MOST_PAGED - MOST_RESULTS, description="How many of the newest are left out."
    )
    limit: int = Field(20, ge=0, le=MOST_RESULTS, description="Maximum number of letters.")


class LetterCountParameters(LetterFilters):
    """The parameters of the counts of letters."""

    state: State | None = Field("failed", description=STATE)


class SelectedLetters(LetterFilters):
    """Letters by id, or all that match the filters."""

    model_config = ConfigDict(extra="forbid", strict=True)
    letter_ids: list[Annotated[Text, Field(max_length=500)]] = Field(
        [], max_length=MOST_IDS, description="Ids, in place of filters."
    )
    state: State | None = Field(None, description=STATE)


class LeftLetter(msgspec.Struct, frozen=True):
    """A letter that stays as it was, and why."""

    letter_id: str
    reason: str


class LettersDone(msgspec.Struct, frozen=True):
    """How many letters were replayed or purged, and which were not."""

    done: int
    left: tuple[LeftLetter, ...]


@router.get("/letters", tags=[LETTERS], responses=describe_read(Letters))
async def list_letters(
    request: Request, library: Shared, parameters: Annotated[LetterParameters, Query()]
) -> Response:
    """List dead letters, newest first."""
    query = parameters.query(parameters.state, parameters.skip, parameters.limit)
    return cached_response(request, await library.reader.letters(query))


@router.get("/letters/counts", tags=[LETTERS], responses=describe_read(LetterCounts))
async def count_dead_letters(
    request: Request, library: Shared, parameters: Annotated[LetterCountParameters, Query()]
) -> Response:
    """Count dead letters by stage and error, with the newest of each; by default those that wait for somebody."""
    query = parameters.query(parameters.state)
    return cached_response(request, await count_letters(library.reader, query))


@router.post("/letters/replay", tags=[LETTERS], responses=describe_write(LettersDone))
async def replay_dead_letters(
    library: Shared, caller: Operator, wanted: SelectedLetters
) -> Response:
    """Send the messages of letters to their topics again. A letter that fails again keeps its id and its history.

    Filters without a `state` select those that have failed.
    """
    state = wanted.state if wanted.letter_ids else wanted.state or "failed"
    done = await _act(library, replay, wanted, state)
    told(log, logging.INFO, "letters replayed", key=caller.name, letters=done.done)
    return record_response(done)


@router.post("/letters/purge", tags=[LETTERS], responses=describe_write(LettersDone))
async def purge_dead_letters(library: Shared, caller: Purger, wanted: SelectedLetters) -> Response:
    """Purge letters: they are no longer listed, shown or replayed. Their movies do not change."""
    done = await _act(library, purge, wanted, wanted.state)
    told(log, logging.INFO, "letters purged", key=caller.name, letters=done.done)
    return record_response(done)


async def _act(
    library: Library, action: Action, wanted: SelectedLetters, state: State | None
) -> LettersDone:
    filtered = bool(wanted.model_fields_set - {"letter_ids"})
    if bool(wanted.letter_ids) == filtered:
        raise UsageError(
            "Select letters by `letter_ids`, or by filters such as `error`: one of the two."
        )
    settings, found = library.settings, library.reader
    selection = LetterSelection(wanted.letter_ids, wanted.query(state))
    total = await count_selected(found, selection)
    if total > MOST_ACTED:
        raise UsageError(
            f"{total:,} letters match; here at most {MOST_ACTED} are taken at a time. Filter them further, e.g. by"
            " `until_ms`; `movietag dead replay` and `purge` take any number."
        )
    async with queue_errors(settings, ACT_SECONDS):
        await join_library(settings, found.es)
        async with (
            producer(settings) as sender,
            aclosing(selected_letters(found, selection)) as letters,
        ):
            outcome = await action(settings, sender, letters)
    return LettersDone(outcome.done, tuple(LeftLetter(*one) for one in outcome.left.items()))
