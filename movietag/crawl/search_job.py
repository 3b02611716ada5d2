"""What is asked of a search: light, for the parent; movietag.crawl.search does it in a child."""

from __future__ import annotations

from movietag.crawl.options import CrawlOptions
from movietag.records import Record


class SearchJob(Record, frozen=True):
    """What to ask: ``prefix`` is yt-dlp's, such as ``ytsearch``."""

    prefix: str
    query: str
    results: int
    options: CrawlOptions


def query_of(template: str, title: str, year: int | None) -> str:
    """Fill in the setting ``search_query``; without a year its place is left out."""
    text = template.replace("{title}", title).replace("{year}", str(year or ""))
    return " ".join(text.split())
