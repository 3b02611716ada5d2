"""What can go wrong between us and a site, besides what is the video's own fault."""

from __future__ import annotations

from movietag.errors import TransientError


class SiteError(TransientError):
    """A site or the way to it fails now; the same video may be had later.

    Args:
        kind: a short stable word: ``network``, ``site-busy``, ``site-broken`` or ``throttled``.
        reason: what happened and what to do.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class ThrottledError(SiteError):
    """The site asks us to slow down: no video of it is asked for in the next minutes."""
