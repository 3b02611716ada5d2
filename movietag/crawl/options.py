"""The settings that a child needs, as a record: a child reads no environment and holds no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from movietag.records import Record

if TYPE_CHECKING:  # a child needs no settings, and starts faster without them
    from movietag.settings import Settings


class CrawlOptions(Record, frozen=True):
    """How sites are asked, and what may be read."""

    sites: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    extractors: tuple[str, ...] = ()
    extractor_args: dict[str, dict[str, list[str]]] = msgspec.field(default_factory=dict)
    cookies: str | None = None
    proxy: str | None = None
    cache: str | None = None  # yt-dlp's own, such as players of YouTube

    @classmethod
    def of(cls, settings: Settings) -> CrawlOptions:
        """The options that the settings say."""
        return cls(
            sites=settings.sites,
            private_hosts=settings.private_hosts,
            roots=tuple(str(root) for root in settings.roots),
            extractors=settings.ytdlp_extractors,
            extractor_args=settings.ytdlp_extractor_args,
            cookies=str(settings.cookies.resolve()) if settings.cookies else None,
            proxy=settings.proxy.get_secret_value() or None,
            cache=str((settings.home / "ytdlp-cache").resolve()),
        )
