"""Meanwhile: a rolling upgrade to a newer movietag (chaos.newer) and back, one process at a time.

Forward in the order of docs/operations.md, in which nothing is unknown to whoever reads it. Back in nearly the same
one, which is the worst there: the old count reads what new caption and plan stages write. An exchange is a clean stop
(the faults may make it another) and a start; the next one waits until the process works.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Fault

from chaos.feeding import letters
from chaos.field import Field
from chaos.newer import make_newer
from chaos.written import written
from movietag.local.supervision import Supervisor
from movietag.stage_state import probe_stage

ORDER = ("index", "count", "caption", "fetch", "plan")  # those that read before those that write
# Parts of the run: the first exchange of each direction, and from one to the next.
FORWARD, BACK, SPACING = 0.05, 0.4, 0.03
TOGETHER = 10.0  # seconds that all are new, at least
WORKING = 10.0  # seconds at most until an exchanged process works; faults may keep it from that
PASSED_OVER = b"is of a newer movietag"
# Errors of letters that versions would cause.
UNREAD = ("bad-record", "bad-document", "unreadable", "internal")


class Versions:
    """Which code each process of a stage runs, by its name (``plan-1``); at first the installed one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._newer = str(make_newer(folder / "newer"))
        for stage in ORDER:
            for number in (1, 2):
                self.set(f"{stage}-{number}", newer=False)

    def set(self, process: str, *, newer: bool) -> None:
        """From its next start on a process is of this version, whoever starts it."""
        part = self.folder / f"{process}.part"
        part.write_text(self._newer if newer else "")
        part.replace(self.folder / process)

    def starts(self, process: str = "") -> list[bool]:
        """For each start so far (of a process, or of all): was it the newer version?"""
        log = self.folder / "started"
        lines = log.read_text().splitlines() if log.exists() else []
        found = [line.split(" ") for line in lines]
        return [bool(tree) for name, tree in found if process in ("", name)]


class Upgrade:
    """Exchanges every process; ``done`` counts, by direction."""

    def __init__(self, field: Field, versions: Versions) -> None:
        self.field, self.versions = field, versions
        self.done: Counter[str] = Counter()
        self.seconds = 0.0  # of the longest exchange

    async def run(self, start: float, seconds: float) -> None:
        """All forward, then all back, spaced over a run of so many seconds."""
        processes = [f"{stage}-{number}" for stage in ORDER for number in (1, 2)]
        for place, process in enumerate(processes):
            await _until(start + seconds * (FORWARD + SPACING * place))
            await self._exchange(process, newer=True)
        all_new = time.monotonic() + TOGETHER
        index, other_index, *rest = processes
        processes = [index, *rest, other_index]  # soon the old count reads what is new
        for place, process in enumerate(processes):
            await _until(max(all_new, start + seconds * (BACK + SPACING * place)))
            await self._exchange(process, newer=False)

    async def _exchange(self, process: str, *, newer: bool) -> None:
        """Returns when a process of this version was started in its place, and works or takes too long."""
        began, before = time.monotonic(), len(self.versions.starts(process))
        self.versions.set(process, newer=newer)
        while len(self.versions.starts(process)) == before:
            await asyncio.to_thread(self._restart, process)
            await asyncio.sleep(1)
        stage, _, number = process.partition("-")
        while time.monotonic() < began + WORKING:
            state = await asyncio.to_thread(probe_stage, self.field.settings, stage, int(number))
            if state and state.ready:
                break
            await asyncio.sleep(0.5)
        took = time.monotonic() - began
        self.done["forward" if newer else "back"] += 1
        self.seconds = max(self.seconds, took)
        print(f"  {process} is {'new' if newer else 'old'} after {took:.0f} s", file=sys.stderr)

    def _restart(self, process: str) -> None:
        supervisor = Supervisor.connect(self.field.stages.where.socket)
        if supervisor is None:  # killed by a fault
            self.field.mend()
            return
        name = f"{process.partition('-')[0]}:{process}"
        for call in ("stopProcess", "startProcess"):
            with suppress(Fault, OSError, HTTPException):  # it does not run, or runs already
                getattr(supervisor._proxy.supervisor, call)(name, call == "stopProcess")

    async def account(self, differences: list[str]) -> dict[str, object]:
        """What came of it; what is not as it must be goes into ``differences``."""
        made = await written(self.field.direct)
        told = [letter for letter, _ in await letters(self.field.direct)]
        errors = Counter(letter.error for letter in told)
        unread = sum(errors[error] for error in UNREAD)
        starts = self.versions.starts()
        logs = self.field.stages.where.logs.glob("count-*.log*")
        passed_over = sum(log.read_bytes().count(PASSED_OVER) for log in logs)
        differences += [
            f"upgrade: the newer version wrote no {name}"
            for name, count in made.newer.items()
            if not count
        ]
        differences += [f"upgrade: not kept: {one}" for one in made.stripped[:5]]
        differences += [
            f"upgrade: letter: {one.error} of {one.topic}: {one.reason}"[:1500]
            for one in told
            if one.error in UNREAD
        ]
        differences += [] if passed_over else ["upgrade: nothing was passed over"]
        return {
            "exchanges": dict(self.done),
            "longest_exchange": round(self.seconds),
            "starts": {"new": sum(starts), "old": len(starts) - sum(starts)},
            "written_by_new": made.newer,
            "written_by_old": made.older,
            "new_in_elasticsearch": made.searched,
            "passed_over": passed_over,
            "kept_by_ledger": made.kept,
            "not_kept": len(made.stripped),
            "letters": dict(errors),
            "letters_of_versions": unread,
        }


async def _until(when: float) -> None:
    await asyncio.sleep(max(0.0, when - time.monotonic()))
