"""Why titles have no movie yet: refused, on their way, or not coming; for `movietag watch` and the page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from movietag import topics
from movietag.documents import LetterBody
from movietag.errors import TransientError
from movietag.kafka.clients import admin, quiet
from movietag.kafka.lag import ever_written, has_members, of_stage
from movietag.kafka.unread import group_lags
from movietag.redaction import redacted
from movietag.rules.letter_titles import letter_title, title_in_preview
from movietag.rules.lookup import Lookup, lookup
from movietag.search.queries import LetterQuery
from movietag.search.reader import Reader
from movietag.search.results import Letters, Movie
from movietag.settings import Settings
from movietag.stages import entry

KAFKA_SECONDS: Final = 4.0
EVERY_SECONDS: Final = 2.0  # between two looks at Kafka
SEEN_SECONDS: Final = 3.0  # what is written is searchable, with room: indices refresh every second
MOST_LETTERS: Final = 500
MOST_OF_MOVIE: Final = 3

# The stages that a title passes through until its movie is in the index.
ON_THE_WAY: Final = ("plan", "count", "index")


class Awaited(msgspec.Struct, frozen=True):
    """A title without a movie.

    Attributes:
        text: the title or id, as it was typed.
        state: `waiting`: it may be on its way; the other two are final.
        reason: why, and what to do; empty while it is on its way.
    """

    text: str
    state: Literal["waiting", "refused", "not coming"] = "waiting"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MovieBacklog:
    """Whether the stages have done all work that leads to new movies, and what keeps them from doing it.

    ``outage``: Kafka is unreachable. ``unplanned``: titles wait for a stage that does not run.
    """

    idle: bool = False
    outage: str = ""
    unplanned: str = ""


class Waiting:
    """Finds out why titles have no movie; remembers since when the stages are idle.

    Args:
        settings: where Kafka is.
        since_ms: a letter of later than that is of the attempt that is watched; an older one counts only once the
            stages are idle, as it may be of an earlier attempt. None: every letter is old.
    """

    def __init__(self, settings: Settings, since_ms: int | None = None) -> None:
        self._settings = settings
        self._since_ms = since_ms
        self._backlog = MovieBacklog()
        self._looked = float("-inf")
        self._idle_since: float | None = None

    @property
    def outage(self) -> str:
        """Why no movie can make progress now, as of the last look at Kafka; empty if one can."""
        return self._backlog.outage

    @property
    def unplanned(self) -> str:
        """Why titles that were sent cannot become movies now, as of the last look at Kafka; empty if they can."""
        return self._backlog.unplanned

    @property
    def idle(self) -> bool:
        """Whether the stages have done all work that leads to new movies, and this is searchable."""
        since = self._idle_since
        return since is not None and time.monotonic() - since > SEEN_SECONDS

    async def look(self) -> None:
        """Look at Kafka, unless that was done a moment ago."""
        now = time.monotonic()
        if now - self._looked < EVERY_SECONDS:
            return
        self._looked = now
        self._backlog = await backlog(self._settings)
        if not self._backlog.idle:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = time.monotonic()

    async def awaited(self, reader: Reader, texts: Sequence[str]) -> list[Awaited]:
        """The state of each of these titles, which have no movie."""
        if not texts:
            return []
        await self.look()
        idle = self.idle  # before the letters are read
        letters = await _letters(reader, texts)
        return [self._awaited(text, letters.get(text), idle=idle) for text in texts]

    async def refused(self, reader: Reader, movie_ids: Sequence[str] = ()) -> list[Awaited]:
        """The titles that were refused in the attempt that is watched, of these movies or of any; the newest first."""
        if self._since_ms is None:
            return []
        query = LetterQuery(
            stage="plan",
            state="failed",
            since_ms=self._since_ms,
            limit=MOST_LETTERS,
            movie_ids=movie_ids,
        )
        try:
            letters = (await reader.letters(query)).letters
        except TransientError:  # no letter yet, or this user may not read them
            return []
        return [_refused(letter_title(letter), letter) for letter in letters]

    def _is_recent(self, letter: LetterBody) -> bool:
        return self._since_ms is not None and letter.at_ms > self._since_ms

    def _awaited(self, text: str, letter: LetterBody | None, *, idle: bool) -> Awaited:
        if letter and (idle or self._is_recent(letter)):
            return _refused(text, letter)
        if idle:
            return Awaited(
                text,
                "not coming",
                "It is not in the library, and no stage has it in work. Add it: movietag add TITLE",
            )
        return Awaited(text, reason=self._backlog.unplanned)


async def refused_title(reader: Reader, text: str) -> str:
    """Why a title that has no movie was refused, as its newest letter says; empty if none does."""
    letter = (await _letters(reader, [text])).get(text)
    return letter_note(letter) if letter else ""


async def letters_since(reader: Reader, movie: Movie) -> Letters:
    """The letters about a movie that failed since it was added, the newest first; none if they cannot be read."""
    query = LetterQuery(
        movie_id=movie.movie_id, state="failed", since_ms=movie.added_ms, limit=MOST_OF_MOVIE
    )
    try:
        return await reader.letters(query)
    except TransientError:  # no letter yet, or this user may not read them
        return Letters(0, ())


def letter_note(letter: LetterBody) -> str:
    """What a letter says, and the command that shows it."""
    return f"{letter.reason} ({letter.error}) See: movietag dead show {letter.letter_id}"


def _refused(text: str, letter: LetterBody) -> Awaited:
    return Awaited(text, "refused", letter_note(letter))


async def backlog(settings: Settings) -> MovieBacklog:
    """What Kafka says of the work that leads to new movies; does not raise if it is down."""
    try:
        with quiet():
            async with asyncio.timeout(KAFKA_SECONDS):
                return await _backlog(settings)
    except TransientError as error:
        return MovieBacklog(outage=str(error))
    except TimeoutError:
        where = redacted(settings.kafka_address)
        return MovieBacklog(
            outage=f"Kafka does not answer at {where} within {KAFKA_SECONDS:.0f} s. Start the stack with"
            " `movietag up`, or correct MOVIETAG_KAFKA.",
        )


async def _backlog(settings: Settings) -> MovieBacklog:
    """Every end offset is read after every committed one, so all zero means that nothing is between two stages."""
    lags = await group_lags(settings)
    behind = 0
    for stage in ON_THE_WAY:
        lag = of_stage(stage, lags)
        if lag is None:  # its group has committed nothing yet
            sent = [
                await ever_written(settings, topic.name, settings.kafka_partitions)
                for topic in entry(stage).committed
            ]
            lag = sum(sent)
        behind += lag
    if not behind:
        return MovieBacklog(idle=True)
    async with admin(settings) as client:
        planned = await has_members(client, topics.stage_group("plan"))
    return MovieBacklog(
        unplanned=""
        if planned
        else "No plan stage runs, so titles wait in Kafka. Start the stages: movietag up"
    )


async def _letters(reader: Reader, texts: Sequence[str]) -> dict[str, LetterBody]:
    """The newest failed letter of each title that has one; none if letters cannot be read."""
    lookups = {text: lookup(text) for text in texts}
    ids = sorted({movie_id for one in lookups.values() for movie_id in one.movie_ids})
    try:
        by_id, unnamed, listed = await asyncio.gather(
            reader.letters(LetterQuery(movie_ids=ids, state="failed", limit=MOST_LETTERS)),
            *(
                reader.letters(LetterQuery(topic=spec.name, state="failed", limit=MOST_LETTERS))
                for spec in (topics.TITLES, topics.BULK_TITLES)
            ),
        )
    except TransientError:  # no letter yet, or this user may not read them
        return {}
    found: dict[str, LetterBody] = {}
    for letter in (*by_id.letters, *unnamed.letters, *listed.letters):
        for text, sought in lookups.items():
            if _is_of(letter, text, sought):
                found.setdefault(text, letter)
    return found


def _is_of(letter: LetterBody, text: str, sought: Lookup) -> bool:
    """Whether a letter is of a title: by its movie, or, where the title could not be read, by its text."""
    if letter.movie_id is not None:
        return letter.movie_id in sought.movie_ids
    return text.strip() in {letter.preview.strip(), title_in_preview(letter.preview)}
