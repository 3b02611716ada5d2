"""The order of a search, and its results: light, for the parent; movietag.crawl.search executes it in a child."""

from __future__ import annotations

from movietag.crawl.options import CrawlOptions
from movietag.records import Record


class SearchJob(Record, frozen=True):
    """A search; ``prefix`` is yt-dlp's, e.g. ``ytsearch``."""

    prefix: str
    query: str
    results: int
    options: CrawlOptions


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


class SearchResults(Record, frozen=True):
    """The results of one search, in the site's order."""

    found: tuple[SearchHit, ...] = ()


def query_of(template: str, title: str, year: int | None) -> str:
    """The query from the setting ``search_query``; without a year its placeholder is dropped."""
    text = template.replace("{title}", title).replace("{year}", str(year or ""))
    return " ".join(text.split())
