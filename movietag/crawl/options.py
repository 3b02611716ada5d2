"""The settings that a child needs, as a record: of the environment it is passed next to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from movietag.errors import UsageError
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
    cookies: str | None = (
        None  # what the file holds: a child has its own copy, and cannot read the file
    )
    proxy: str | None = None
    cache: str | None = None  # yt-dlp's own, such as players of YouTube

    @classmethod
    def of(cls, settings: Settings, cache: Path | None = None) -> CrawlOptions:
        """The options that the settings say; reads the file of cookies.

        Args:
            settings: of this process.
            cache: a folder that children may write in, and find again.

        Raises:
            UsageError: the file of cookies cannot be read.
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
        why = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"MOVIETAG_COOKIES: {path} cannot be read: {why}.") from None
