"""Searching a site for videos, in a child: titles and metadata only, unranked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from movietag.crawl.guard import install_network_guard
from movietag.crawl.search_job import SearchHit, SearchJob, SearchResults
from movietag.crawl.ytdlp import classify, first_text, open_ytdlp, seconds_of
from movietag.errors import UsageError
from movietag.records import decode, encode

BEFORE_FORKING: Final = ("movietag.crawl.ytdlp:load_extractors",)
LONGEST_NAME: Final = 1_000  # characters of a title or channel; longer ones are not genuine


def search_job(job: bytes) -> Iterator[bytes]:
    """Search, and yield one SearchResults, which may be empty. Runs in a child.

    Raises:
        UsageError: no extractor has this prefix.
        PermanentError, SiteError: as ``classify`` decides.
    """
    order = decode(SearchJob, job)
    install_network_guard(order.options.private_hosts, order.options.proxy)
    yield encode(SearchResults(tuple(_search(order))))


def _search(order: SearchJob) -> list[SearchHit]:
    options = order.options
    with open_ytdlp(options, extract_flat=True, playlist_items=f"1:{order.results}") as ydl:
        known = {ie.SEARCH_KEY for ie in ydl._ies.values() if getattr(ie, "SEARCH_KEY", None)}
        if order.prefix not in known:
            raise UsageError(
                f"MOVIETAG_SEARCH: no yt-dlp search is called {order.prefix!r}. Known are"
                f" {', '.join(sorted(known))}; more come from MOVIETAG_YTDLP_EXTRACTORS."
            )
        try:
            info = ydl.extract_info(
                f"{order.prefix}{order.results}:{order.query}", download=False, process=True
            )
        except Exception as error:
            raise classify(error, ydl.params["logger"]) from error
    entries = [entry for entry in (info or {}).get("entries") or [] if entry]
    return [
        found
        for position, entry in enumerate(entries[: order.results])
        if (found := found_in(entry, position)) is not None
    ]


def found_in(entry: Mapping[str, Any], position: int) -> SearchHit | None:
    """One result, or None if it is not a video: searches also return channels and lists."""
    url = first_text(entry, "url", "webpage_url")
    site_id = first_text(entry, "id") or url
    extractor = first_text(entry, "ie_key", "extractor_key", "extractor") or "generic"
    if not url.startswith(("http://", "https://")) or entry.get("_type") == "playlist":
        return None
    if re.search(r"youtube\.com/(playlist\?|channel/|@)", url):
        return None
    views = entry.get("view_count")
    return SearchHit(
        extractor=extractor.lower(),
        id=site_id,
        url=url,
        title=first_text(entry, "title")[:LONGEST_NAME],
        position=position,
        seconds=seconds_of(entry),
        channel=first_text(entry, "channel", "uploader")[:LONGEST_NAME],
        verified=entry.get("channel_is_verified") is True,
        live_status=first_text(entry, "live_status") or ("is_live" if entry.get("is_live") else ""),
        is_short="/shorts/" in url,
        view_count=views if isinstance(views, int) and 0 <= views < 2**63 else None,
    )
