"""The results of a search, before they are ranked."""

from __future__ import annotations

from movietag.records import Record


class SearchHit(Record, frozen=True):
    """One result of a search, as the site describes it; ``position`` counts from 0."""

    extractor: str
    id: str
    url: str
    title: str
    position: int
    seconds: float | None = None
    channel: str = ""
    verified: bool = False
    live_status: str = ""  # yt-dlp's: "is_live", "is_upcoming", "post_live", "was_live", "not_live"
    is_short: bool = False
    view_count: int | None = None


class FoundList(Record, frozen=True):
    """The results of one search, in the site's order."""

    found: tuple[SearchHit, ...] = ()
