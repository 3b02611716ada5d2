"""When fetching is done that is allowed in some hours of a day, or up to some videos a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from math import ceil
from typing import Final

from movietag.settings.hours import DailyHours

DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class FetchCalendar:
    """What limits fetching.

    Attributes:
        now: the time, in the zone of the hours and of the budget's days.
        hours: in which sites are asked for videos; None: always.
        videos_a_day: that are fetched on one day; None: no limit.
    """

    now: datetime
    hours: DailyHours | None = None
    videos_a_day: int | None = None

    def until_done(self, work: float, videos: float) -> float:
        """Seconds from now until so many videos are fetched, which take ``work`` seconds of fetching.

        All days have 24 hours. For today's videos a whole budget is left: what was fetched of it is not known here.
        """
        left, spans = work, self._spans()
        most = DAY if self.videos_a_day is None else self.videos_a_day * work / max(videos, 1.0)
        full = min(most, sum(end - start for start, end in spans))
        first = _seconds(self.now.time())
        midnight = -first  # the last one, seconds from now
        while left > 0:
            room = most
            for start, end in spans:
                begin = max(start, first)
                took = min(max(0.0, end - begin), room, left)
                left, room = left - took, room - took
                if left <= 0:
                    return midnight + begin + took
            whole = max(0, ceil(left / full) - 1)  # days that are used up
            left -= whole * full
            midnight, first = midnight + (1 + whole) * DAY, 0.0
        return 0.0

    def _spans(self) -> list[tuple[float, float]]:
        """The parts of a day in which sites are asked, in seconds after midnight."""
        if self.hours is None:
            return [(0.0, DAY)]
        start, end = _seconds(self.hours.start), _seconds(self.hours.end)
        return [(start, end)] if start < end else [(0.0, end), (start, DAY)]


def _seconds(at: time) -> float:
    return at.hour * 3600.0 + at.minute * 60 + at.second
