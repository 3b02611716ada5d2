"""What a child is granted in addition to its own folder and what Python imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Access:
    """What one child may reach.

    Attributes:
        network: TCP and UDP to anywhere (movietag.crawl.guard restricts the addresses), and the files for
            resolving names and checking certificates.
        programs: files that it may execute.
        reads: files and folders it may read.
        writes: folders that it may write to.
    """

    network: bool = False
    programs: tuple[Path, ...] = ()
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()


NOTHING: Final = Access()
NETWORK: Final = Access(network=True)
