"""How often one event has failed for a reason that may pass: some time is enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from movietag.errors import MovietagError, TransientError
from streams.topics import Event

MOST = 6  # tries: about half a minute
MOST_OF = {
    "network": 20,  # the way to a site: about eight minutes
    "throttled": 4,  # a site that wants a pause: some hours, as the pauses grow
}


class GivenUp(MovietagError):  # noqa: N818  # a decision, not a fault
    """An event has failed so often that it is given up; ``kind`` and ``reason`` are its last failure's."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Tries:
    """Counts the failures of events, by their place; a process that is started anew counts anew."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._failed: dict[tuple[str, int, int], int] = {}

    def __len__(self) -> int:
        return len(self._failed)

    @contextmanager
    def counted(self, event: Event, only: type[TransientError] = TransientError) -> Iterator[None]:
        """Count a failure of kind ``only`` in the block; success and other failures forget.

        Raises:
            GivenUp: instead of the failure, when there were too many.
        """
        message = event.message
        place = (message.topic, message.partition, message.offset)
        try:
            yield
        except only as error:
            kind = str(getattr(error, "kind", "failing"))
            count = self._failed[place] = self._failed.get(place, 0) + 1
            if count < MOST_OF.get(kind, self._most):
                raise
            del self._failed[place]
            raise GivenUp(kind, f"{error} Given up after {count} tries.") from error
        except BaseException:
            self._failed.pop(place, None)
            raise
        self._failed.pop(place, None)
