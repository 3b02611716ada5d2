"""What a child is given beside its own folder and what Python imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Access:
    """What one child may reach.

    Attributes:
        network: TCP and UDP to anywhere (who may be talked to is movietag.crawl.guard's), and the files
            by which names and certificates are looked up.
        programs: files it may run by name.
        reads: files and folders it may read.
        writes: folders it may write in.
    """

    network: bool = False
    programs: tuple[Path, ...] = ()
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()


NOTHING: Final = Access()
NETWORK: Final = Access(network=True)
