"""Errors of sites and of the network, as opposed to those of a video."""

from __future__ import annotations

from movietag.errors import TransientError


class SiteError(TransientError):
    """A site, or the network to it, fails now; the same video may be available later.

    Args:
        kind: a short stable word: ``network``, ``site-busy``, ``site-broken`` or ``throttled``.
        reason: what happened and what to do.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class ThrottledError(SiteError):
    """The site throttles us: no video of it is requested for some minutes."""
