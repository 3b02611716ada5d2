"""The settings that a child needs, as a record: its environment has almost none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from movietag.errors import UsageError
from movietag.records import Record

if TYPE_CHECKING:  # a child needs no settings, and starts faster without them
    from movietag.settings import Settings


class CrawlOptions(Record, frozen=True):
    """How to query sites, and what may be read."""

    sites: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    extractors: tuple[str, ...] = ()
    extractor_args: dict[str, dict[str, list[str]]] = msgspec.field(default_factory=dict)
    cookies: str | None = (
        None  # the file's content: a child cannot read the file, and has its own copy
    )
    proxy: str | None = None
    cache: str | None = None  # of yt-dlp, e.g. for players of YouTube

    @classmethod
    def of(cls, settings: Settings, cache: Path | None = None) -> CrawlOptions:
        """The options of these settings; reads the cookie file.

        Args:
            settings: of this process.
            cache: a folder that children may write to, and that outlives them.

        Raises:
            UsageError: the cookie file cannot be read.
        """
        return cls(
            sites=settings.sites,
            private_hosts=settings.private_hosts,
            roots=tuple(str(root) for root in settings.roots),
            extractors=settings.ytdlp_extractors,
            extractor_args=settings.ytdlp_extractor_args,
            cookies=_text(settings.cookies) if settings.cookies else None,
            proxy=settings.proxy.get_secret_value() or None,
            cache=str(cache) if cache else None,
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(f"MOVIETAG_COOKIES: {path} cannot be read: {why}.") from None
