"""The order of a search: light, for the parent; movietag.crawl.search executes it in a child."""

from __future__ import annotations

from movietag.crawl.options import CrawlOptions
from movietag.records import Record


class SearchJob(Record, frozen=True):
    """A search; ``prefix`` is yt-dlp's, e.g. ``ytsearch``."""

    prefix: str
    query: str
    results: int
    options: CrawlOptions


def query_of(template: str, title: str, year: int | None) -> str:
    """The query from the setting ``search_query``; without a year its placeholder is dropped."""
    text = template.replace("{title}", title).replace("{year}", str(year or ""))
    return " ".join(text.split())
