"""The hours of a day in which videos are fetched: ``22-06``, ``22:30-06:00``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

_HOURS: Final = re.compile(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class DailyHours:
    """From ``start`` to before ``end`` by the clock on the wall; over midnight where ``end`` is the earlier one."""

    start: time
    end: time

    @property
    def length_h(self) -> float:
        """Hours from start to end."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return (minutes % 1440) / 60

    def include(self, now: datetime) -> bool:
        """Whether a moment lies within them; ``now`` has the zone of the clock."""
        at = now.time()
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def next_start(self, now: datetime) -> datetime:
        """When they begin next, after ``now`` and in its zone."""
        today = datetime.combine(now.date(), self.start, now.tzinfo)
        return today if today > now else today + timedelta(days=1)  # as the clock on the wall goes


def parse_hours(text: str) -> DailyHours | None:
    """The hours that a setting names; None for an empty text.

    Raises:
        ValueError: it names none.
    """
    if not text:
        return None
    found = _HOURS.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        first, last = (time(int(found[at]) % 24, int(found[at + 1] or 0)) for at in (1, 3))
        if first == last or max(int(found[1]), int(found[3])) > 24:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{text[:40]!r} are no hours of a day. Examples: 22-06, 22:30-06:00."
        ) from None
    return DailyHours(first, last)
