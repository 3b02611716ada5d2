"""Whether the folders of MOVIETAG_ROOTS are there: workers on several machines must have the same."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterable
from pathlib import Path

EVERY_SECONDS = 60.0

log = logging.getLogger("movietag")


def missing_roots(roots: Iterable[Path]) -> list[str]:
    """For each root that is no folder that this account may list: which, where, and the remedy. Blocks."""
    host = socket.gethostname()
    return [
        f"Folder {root} of MOVIETAG_ROOTS cannot be listed on {host}: other workers must read the files"
        " below it, and a file that none of them has fails its title. Mount it there as on all other workers."
        for root in roots
        if not _listed(root)
    ]


def _listed(root: Path) -> bool:
    try:
        with os.scandir(root):
            return True
    except OSError:
        return False


class RootsWatch:
    """Looks for the roots now and then; ``missing`` has what there is to say of those that are not there."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self.missing: list[str] = []
        self._roots = tuple(roots)

    async def watch(self) -> None:
        """Look at the start, and every minute; never returns where there are roots."""
        while self._roots:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Look once, and log what is new."""
        found = await asyncio.to_thread(missing_roots, self._roots)  # a network's folder may hang
        for text in found:
            if text not in self.missing:
                log.warning("%s", text)
        self.missing = found
