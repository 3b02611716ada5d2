"""A fetch worker that reaches no site gives its partitions back where another one reaches some; see ``giving_back``.

A site that fails for everybody moves nothing: before it leaves, the worker connects to the sites that failed, and asks
the other workers whether they can.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from movietag.errors import TransientError
from movietag.fleet.lookups import SitesLookup
from movietag.streams.failures.retrying import PASSING
from movietag.streams.failures.site_reach import SiteReach
from movietag.streams.other_workers import OtherWorkers
from movietag.streams.runtime.giving_back import LOOK_SECONDS

SITES: Final = "MOVIETAG_UNREACHED"  # in the environment of a process that gave back: the sites

Reached = Callable[[Sequence[str]], Awaitable[Sequence[str]]]

log = logging.getLogger("movietag")


class CutOff:
    """Gives the partitions back when no site was reached for ``seconds`` and another installation reaches one of them.

    Args:
        reach: knows since when.
        reached: which sites can be connected to from here.
        others: the workers that are asked.
        leave: replaces this process.
        seconds: the bound, and the pause between two questions; 0: never.
    """

    def __init__(
        self,
        reach: SiteReach,
        reached: Reached,
        others: OtherWorkers,
        leave: Callable[[], object],
        seconds: float,
    ) -> None:
        self._reach = reach
        self._reached = reached
        self._others = others
        self._leave = leave
        self._seconds = seconds
        self._asked = 0.0  # the ``unreached_s`` of the last question

    async def watch(self) -> None:
        """Look every few seconds; never returns."""
        while self._seconds:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Give back if it is time."""
        waited = self._reach.unreached_s
        self._asked = min(self._asked, waited)  # a site was reached meanwhile
        if waited - self._asked <= self._seconds:
            return
        self._asked = waited
        sites = self._reach.sites
        if await self._reached(sites):
            self._reach.reached()
            return
        try:
            answers = await self._others.ask(
                lambda number: SitesLookup(number, sites), lambda answer: bool(answer.sites)
            )
        except PASSING as error:
            log.debug("the other workers are asked again: %s", error)
            return
        if not answers or not answers[-1].sites:
            return
        log.warning(
            "its partitions are given back: no site was reached for %.0f s (%s), and another worker reaches %s",
            waited,
            ", ".join(sites),
            ", ".join(answers[-1].sites),
        )
        os.environ[SITES] = ",".join(sites)
        self._leave()


async def require_site(reached: Reached) -> None:
    """Return if one of the sites can be reached for which a process before this one gave its partitions back.

    Raises:
        TransientError: none can.
    """
    sites = [site for site in os.environ.get(SITES, "").split(",") if site]
    if sites and not await reached(sites):
        raise TransientError(
            f"None of the sites that failed can be connected to from here: {', '.join(sites)}. Check this machine's network."
        )
    os.environ.pop(SITES, None)
