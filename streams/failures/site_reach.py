"""Whether this worker still reaches any site, by what became of its videos."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from movietag.crawl.errors import SiteError
from movietag.crawl.reaching import MOST_SITES

NETWORK: Final = (
    "network"  # the kind of a failure to connect; every other one is an answer of the site
)


class SiteReach:
    """Since when every attempt at a site has failed to connect.

    Args:
        clock: seconds, as ``time.monotonic``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._sites: dict[str, None] = {}

    @property
    def unreached_s(self) -> float:
        """Seconds since the first of the failures after which no site was reached; 0 if one was."""
        return 0.0 if self._since is None else self._clock() - self._since

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that failed, the newest last."""
        return tuple(self._sites)

    def failed(self, site: str, error: SiteError) -> None:
        """A video of a site failed; unless that was the network, the site was reached."""
        if error.kind != NETWORK:
            self.reached()
            return
        self._since = self._clock() if self._since is None else self._since
        self._sites.pop(site, None)
        self._sites[site] = None
        if len(self._sites) > MOST_SITES:
            del self._sites[next(iter(self._sites))]

    def reached(self) -> None:
        """A site was reached."""
        self._since = None
        self._sites.clear()
