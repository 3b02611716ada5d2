"""Below which folders the stages at work read files, as their workers report it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from movietag.errors import TransientError
from movietag.kafka.clients import quiet
from movietag.kafka.fleet_reading import workers_at_work
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.workers import WorkerReport, worker_name
from movietag.settings import Settings
from movietag.settings.sources import assignment

SECONDS: Final = 4.0  # for Kafka


@dataclass(frozen=True, slots=True)
class StageRoots:
    """The folders below which the workers on a host read files, each absolute."""

    host: str
    roots: tuple[str, ...]

    def allow(self, path: str, *, here: bool) -> bool:
        """Whether a path is below one of the folders; links are resolved where the host is this machine."""
        resolved = os.path.realpath if here else os.path.normpath
        return any(Path(resolved(path)).is_relative_to(resolved(root)) for root in self.roots)


def reported_roots(reports: Iterable[WorkerReport]) -> tuple[StageRoots, ...]:
    """The folders that plan workers report, each once; those of versions that do not report them are left out."""
    found: dict[StageRoots, None] = {}
    for report in reports:
        name = worker_name(report.client_id)
        if report.stage != "plan" or name is None or "roots" not in report.settings:
            continue
        try:
            roots = msgspec.json.decode(report.settings["roots"], type=tuple[str, ...])
        except msgspec.DecodeError:
            continue
        found[StageRoots(name.host, roots)] = None
    return tuple(found)


async def roots_at_work(settings: Settings) -> tuple[StageRoots, ...]:
    """The folders of the plan workers at work; none where nobody works, or Kafka does not say so in time."""
    try:
        with quiet():
            async with asyncio.timeout(SECONDS):
                return reported_roots(await workers_at_work(settings))
    except (TransientError, TimeoutError, UnreadableBatchError):
        return ()


def refused_path(paths: Iterable[str], at_work: Sequence[StageRoots], host: str) -> str:
    """Why the stages at work would refuse the first of these paths that they refuse; empty if there is none.

    Args:
        paths: absolute, as titles name them.
        at_work: see ``roots_at_work``; if it is empty, nothing is known.
        host: this machine, as workers name it.
    """
    for path in paths if at_work else ():
        if any(one.allow(path, here=one.host == host) for one in at_work):
            continue
        have = "; ".join(f"{', '.join(one.roots) or 'none'} on {one.host}" for one in at_work)
        roots = list(dict.fromkeys([*at_work[0].roots, str(Path(path).parent)]))
        return (
            f"The path {path} is below none of the folders that the running stages may read ({have}). They read"
            " MOVIETAG_ROOTS when they start: movietag down, then"
            f" {assignment('MOVIETAG_ROOTS', roots)} movietag up"
        )
    return ""
