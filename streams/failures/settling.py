"""The outcome of an event: it succeeds, is retried until it does, or becomes a dead letter."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from movietag.errors import MovietagError, PermanentError
from movietag.records import Letter, MovieId
from movietag.streams.failures.dead_letters import letter_for, shortened_letter
from movietag.streams.failures.retrying import TOO_LARGE_KIND, Persistence
from movietag.streams.runtime.topics import Event, position_of, short_name
from movietag.streams.watch.logs import told
from movietag.streams.watch.metrics import DEAD_LETTERS, INTERNAL_ERRORS, UNKNOWN, Metrics

Handler = Callable[[Event], Awaitable[None]]
OnLetter = Callable[[Event, Letter], Awaitable[None]]
Of = Callable[[Event], MovieId | None]

INTERNAL_LIMIT = 20  # errors of ours a stage survives, as dead letters, before it stops

log = logging.getLogger("movietag")


class LetterSender(Protocol):
    """Sends dead letters: ``movietag.streams.failures.dead_letters``."""

    async def send(self, letter: Letter, value: bytes | None) -> None:
        """Send a letter; returns when the broker has it."""
        ...


class Settling:
    """Settles the events of one stage, without Kafka or a Faust app.

    Args:
        name: the stage's.
        persist: repeats what fails for a time.
        letters: takes what can never succeed.
        metrics: counts both.

    Attributes:
        internal_errors: errors of ours so far.
    """

    def __init__(
        self, name: str, persist: Persistence, letters: LetterSender, metrics: Metrics
    ) -> None:
        self.name = name
        self.persist = persist
        self.metrics = metrics
        self.internal_errors = 0
        self._letters = letters

    async def settle(
        self,
        event: Event,
        handle: Handler,
        on_letter: OnLetter | None = None,
        movie_of: Of | None = None,
    ) -> None:
        """Handle an event until it succeeds or its letter is acknowledged by the broker.

        Raises:
            MovietagError: the stage cannot go on.
        """
        try:
            await self.persist(partial(handle, event))
        except PermanentError as permanent:
            error = permanent
        except MovietagError:
            raise
        except Exception as unknown:  # noqa: BLE001  # the boundary to what we did not foresee
            error = self.internal(event, unknown)
        else:
            return
        await self.dead_letter(event, error, on_letter, movie_of)

    def internal(self, event: Event, unknown: Exception) -> PermanentError:
        """The dead letter's reason for an internal error.

        Raises:
            MovietagError: beyond the limit; the stage stops.
        """
        self.internal_errors += 1
        self.metrics[INTERNAL_ERRORS].inc()
        place = position_of(event)
        log.error("%s: internal error on %s", self.name, place, exc_info=unknown)
        if self.internal_errors > INTERNAL_LIMIT:
            raise MovietagError(
                f"{self.internal_errors} errors of movietag's own, more than it goes on with;"
                f" the last on {place}: {unknown!r}. Each is in the log: please report them."
            ) from unknown
        return PermanentError(
            "internal",
            f"Stage {self.name} failed on {place}: {unknown!r}. This is an error of movietag: please"
            " report it; replay the letter once it is mended.",
        )

    async def dead_letter(
        self,
        event: Event,
        error: PermanentError,
        on_letter: OnLetter | None = None,
        movie_of: Of | None = None,
    ) -> None:
        """Settle the event's identity as failed and send its letter; retries until both succeed.

        A letter that is too large for its topic is sent without the message's bytes.
        """
        letter = letter_for(event, self.name, error, movie_of(event) if movie_of else None)
        about = {"movie": letter.movie_id, "letter": letter.letter_id}
        told(log, logging.WARNING, f"{self.name}: {error.kind}: {error.reason}", **about)

        async def send(letter: Letter, value: bytes | None) -> None:
            if on_letter:
                await on_letter(event, letter)
            await self._letters.send(letter, value)

        value = event.message.value
        try:
            await self.persist(partial(send, letter, value))
        except PermanentError as too_large:
            if too_large.kind != TOO_LARGE_KIND:
                raise
            log.warning("%s: its bytes are left out: %s", self.name, too_large.reason)
            await self.persist(partial(send, shortened_letter(letter, value), None))
        self.metrics[DEAD_LETTERS].labels(error.kind).inc()

    def passed_over(self, event: Event, what: str) -> None:
        """Count and log a message with a kind or value that only a newer version of movietag knows."""
        self.metrics[UNKNOWN].labels(short_name(event.message.topic)).inc()
        log.warning("%s: %s at %s is of a newer movietag", self.name, what, position_of(event))
