"""Handler of titles in the plan stage: each title is checked, named and sent as a request."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from movietag import topics
from movietag.records import RequestId, Title, TitleRequest, encode
from movietag.rules.envelopes import Removed
from movietag.rules.history import first_place
from movietag.rules.title_fields import TitleForm
from movietag.rules.titles import read_message
from movietag.streams.failures.dead_letters import replayed_from
from movietag.streams.runtime.consuming import Handling, movie_of_key
from movietag.streams.runtime.topics import Event, Sender, event_headers, milliseconds, position_of
from movietag.streams.runtime.window import its_turn
from movietag.streams.watch.logs import told

log = logging.getLogger("movietag")


@dataclass(frozen=True)
class TitleNamer:
    """Parses and names titles, in order per key.

    Attributes:
        requests: takes the titles' requests.
        form: how programs send them.
        removed: is told of each message that names nothing to be done, and what it is.
        room: waits until a title may be planned.
    """

    requests: Sender
    form: TitleForm
    removed: Callable[[str], None]
    room: Callable[[Title], Awaitable[None]] | None = None

    def handling(self, in_flight: int) -> Handling:
        """How titles are handled."""
        return Handling(self.name_title, in_flight, one_at_a_time=movie_of_key)

    async def name_title(self, event: Event) -> None:
        """Parse and name one title; returns when the broker has acknowledged its request, if it makes one.

        One that is replayed is the request that it was when it failed, and takes its letter along.

        Raises:
            PermanentError: as ``parse_title``.
        """
        title = read_message(event.message.value, self.form)
        if isinstance(title, Removed):
            self.removed(title.how)
            return
        if self.room and not (title.forget or title.cancel):
            with its_turn():
                await self.room(title)
        letter = replayed_from(event_headers(event))
        place = "/".join(map(str, first_place(letter))) if letter else position_of(event)
        await (
            await self.requests.send(
                key=title.movie_id.encode(),
                value=encode(TitleRequest(RequestId(place), title, milliseconds(event))),
                headers={topics.LETTER_HEADER: encode(letter)} if letter else {},
            )
        )
        what = (
            "forget"
            if title.forget
            else "cancel"
            if title.cancel
            else "refresh"
            if title.refresh
            else "title"
        )
        told(log, logging.INFO, f"plan: {what} {title.title!r}", movie=title.movie_id, at=place)
