"""Errors of sites and of the network, as opposed to those of a video."""

from __future__ import annotations

from typing import Final

from movietag.errors import MachineError, TransientError


class SiteError(TransientError):
    """A site, or the network to it, fails now; the same video may be available later.

    Args:
        kind: a short stable word of ``movietag.crawl.meanings``.
        reason: what happened and what to do.

    Attributes:
        pause: seconds before the same video is tried again, at least.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.pause = 0.0


class ThrottledError(SiteError):
    """The site throttles us: no video of it is requested for some minutes."""


class BrokenSiteError(SiteError):
    """yt-dlp no longer understands the site, as far as this video shows: many alike mean that it must be updated."""


class UncountedError(SiteError):
    """A failure that does not count against the video: its site fails for others alike, or that is not known yet."""


UPDATE_HINT: Final = " If this persists, update yt-dlp: "
"""Stands in the reason of a BrokenSiteError before the command."""

TRANSIENT: Final = (SiteError, ThrottledError, BrokenSiteError, MachineError)
"""The classes that a child's errors keep on their way to the parent."""
