"""Waiting until each part is ready, or reporting which one is not, and why."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from movietag.errors import MovietagError
from movietag.local.progress import ProgressListener
from movietag.local.readiness import Probe
from movietag.local.status import last_lines
from movietag.local.supervision import Process, State, Supervisor
from movietag.settings.home import HomeLayout

PAUSE = 0.2  # seconds between two probes
LEAST_AGE = 1.0  # seconds that every program must have run
LOG_LINES = 15


class NotReadyError(MovietagError):
    """The time is over, and something is not ready yet; nothing has ended."""


def wait_ready(
    supervisor: Supervisor,
    where: HomeLayout,
    programs: Collection[str],
    questions: Mapping[str, Probe],
    progress: ProgressListener,
    limit: float,
) -> None:
    """Wait until all processes of these programs run and all their probes succeed.

    Raises:
        NotReadyError: a process is not ready after ``limit`` seconds; the text has the last lines of its log.
        MovietagError: a process ended; so has this text.
    """
    probes = {name: questions[name] for name in programs if name in questions}
    answered: set[str] = set()
    reported: set[str] = set()
    first_seen: dict[int, float] = {}
    until = time.monotonic() + limit
    stop = Event()
    with ThreadPoolExecutor(max(1, len(set(probes.values())))) as pool:
        polls = [
            pool.submit(_poll, probe, {n for n in probes if probes[n] is probe}, answered, stop)
            for probe in set(probes.values())
        ]
        try:
            while True:
                processes = [p for p in supervisor.processes() if p.program in programs]
                _check_alive(processes, where)
                old = _old_enough(processes, first_seen)
                ready = {name for name in old if name not in probes or name in answered}
                for name in sorted(ready - reported):
                    progress.part(name, "ready")
                reported |= ready
                if reported >= set(programs):
                    break
                for poll in polls:
                    if poll.done():
                        poll.result()
                if time.monotonic() > until:
                    _give_up(sorted(set(programs) - reported), where, limit)
                time.sleep(PAUSE)
        finally:
            stop.set()


def _poll(probe: Probe, wanted: set[str], answered: set[str], stop: Event) -> None:
    while not stop.is_set() and not wanted <= answered:
        answered.update(probe())
        stop.wait(PAUSE)


def _old_enough(processes: Sequence[Process], first_seen: dict[int, float]) -> set[str]:
    """The programs all of whose processes have been running for a while."""
    now = time.monotonic()
    old: dict[str, bool] = {}
    for process in processes:
        alive = process.pid is not None and process.state in (State.STARTING, State.RUNNING)
        age = now - first_seen.setdefault(process.pid, now) if alive and process.pid else 0.0
        old[process.program] = old.get(process.program, True) and age >= LEAST_AGE
    return {name for name, is_old in old.items() if is_old}


def _check_alive(processes: Sequence[Process], where: HomeLayout) -> None:
    for process in processes:
        if process.state in (State.RETRYING, State.FAILED):
            raise MovietagError(
                f"{process.name} ended right after its start. {_log(process.name, where)}"
            )


def _give_up(names: Sequence[str], where: HomeLayout, limit: float) -> None:
    logs = "\n".join(_log(name, where) for name in names)
    raise NotReadyError(
        f"Not ready after {limit:.0f} s: {', '.join(names)}. What was started stays up: `movietag up` waits again,"
        f" `movietag status` says more, `movietag down` stops it. MOVIETAG_START_SECONDS is the limit.\n{logs}"
    )


def _log(name: str, where: HomeLayout) -> str:
    lines = "\n".join(f"  {line}" for line in last_lines(where.log(name), LOG_LINES))
    return f"The end of its log, {where.log(name)}:\n{lines}"
