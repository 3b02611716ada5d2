"""Handler of titles in the plan stage: each title is checked, named and sent as a request."""

from __future__ import annotations

from dataclasses import dataclass

from movietag import topics
from movietag.records import RequestId, TitleRequest, encode
from movietag.rules.history import first_place
from movietag.rules.titles import parse_title
from movietag.streams.failures.dead_letters import replayed_from
from movietag.streams.runtime.consuming import Handling, movie_of_key
from movietag.streams.runtime.topics import Event, Sender, event_headers, position_of


@dataclass(frozen=True)
class TitleNamer:
    """Parses and names titles, in order per key."""

    requests: Sender

    def handling(self, in_flight: int) -> Handling:
        """How titles are handled."""
        return Handling(self.name_title, in_flight, one_at_a_time=movie_of_key)

    async def name_title(self, event: Event) -> None:
        """Parse and name one title; returns when the broker has acknowledged its request.

        One that is replayed is the request that it was when it failed, and takes its letter along.

        Raises:
            PermanentError: ``bad-title``.
        """
        title = parse_title(event.message.value)
        letter = replayed_from(event_headers(event))
        place = "/".join(map(str, first_place(letter))) if letter else position_of(event)
        await (
            await self.requests.send(
                key=title.movie_id.encode(),
                value=encode(TitleRequest(RequestId(place), title)),
                headers={topics.LETTER_HEADER: encode(letter)} if letter else {},
            )
        )
