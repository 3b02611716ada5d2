"""The only module that talks to supervisord: it starts, queries and ends it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from typing import Protocol
from xmlrpc.client import Fault, ServerProxy

import msgspec

from movietag.errors import MovietagError
from movietag.settings.home import HomeLayout

OWNER_SCRIPT = Path(__file__).with_name("owner.py")
SUPERVISOR_SCRIPT = Path(__file__).with_name("supervisord.py")
REVIVING_SCRIPT = Path(__file__).with_name("reviving.py")
# supervisor/xmlrpc.py, class Faults
SHUTTING_DOWN, ALREADY_STARTED, NOT_RUNNING = 6, 60, 70


class State(StrEnum):
    """The state of a process."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    RETRYING = "retrying"  # it ended too soon; it is restarted after a pause
    STOPPING = "stopping"
    FAILED = "failed"  # it ended too soon, too many times


# supervisor/states.py, class ProcessStates
STATES = {
    0: State.STOPPED,
    10: State.STARTING,
    20: State.RUNNING,
    30: State.RETRYING,
    40: State.STOPPING,
    100: State.RETRYING,  # ended on its own; it is restarted immediately
    200: State.FAILED,
    1000: State.FAILED,
}


@dataclass(frozen=True, slots=True)
class Process:
    """One supervised process; ``since`` is when it last started (seconds since 1970)."""

    name: str
    program: str
    state: State
    pid: int | None
    since: float | None

    @property
    def resting(self) -> bool:
        """Whether it neither runs nor will be restarted."""
        return self.state in (State.STOPPED, State.FAILED)

    def alive_for(self, now: float) -> float:
        """Seconds since it started; 0 if it does not run."""
        if self.state not in (State.STARTING, State.RUNNING) or self.since is None:
            return 0.0
        return now - self.since


class _Info(msgspec.Struct):
    """What supervisord reports of a process (the fields that we read)."""

    name: str
    group: str
    start: int
    state: int
    pid: int


class _Calls(Protocol):
    """The calls of supervisord's XML-RPC that we use."""

    def getAllProcessInfo(self) -> object: ...  # noqa: N802
    def startProcessGroup(self, name: str, wait: bool) -> object: ...  # noqa: N802
    def stopProcess(self, name: str, wait: bool) -> object: ...  # noqa: N802
    def shutdown(self) -> object: ...
    def getPID(self) -> object: ...  # noqa: N802


def launch(conf: Path, environment: Mapping[str, str]) -> None:
    """Start supervisord as a daemon; when this returns, it answers on its socket.

    Raises:
        MovietagError: it did not start; the text is its output.
    """
    done = subprocess.run(
        [sys.executable, "-P", str(SUPERVISOR_SCRIPT), "-c", str(conf)],
        cwd=conf.parent,  # its paths are relative to this
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MovietagError(f"The supervisor did not start:\n{done.stdout}{done.stderr}".rstrip())


def let_end_with(supervisor: Supervisor, owner: int, environment: Mapping[str, str]) -> None:
    """Make a supervisor stop, with its programs, when another process ends."""
    _daemon((OWNER_SCRIPT, owner, supervisor.pid), environment)


def let_revive(
    supervisor: Supervisor,
    where: HomeLayout,
    urls: Mapping[str, str],
    environment: Mapping[str, str],
) -> None:
    """Have processes killed, and so restarted, that do not answer at their address, by their name."""
    log = where.log("reviving")
    _daemon((REVIVING_SCRIPT, supervisor.pid, where.socket, log, json.dumps(urls)), environment)


def _daemon(command: Sequence[object], environment: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-S", "-E", *map(str, command)],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


class Supervisor:
    """A running supervisord, by its socket.

    Every method raises OSError if it has ended.
    """

    def __init__(self, socket: Path) -> None:
        from supervisor.xmlrpc import SupervisorTransport  # noqa: PLC0415  # an extra

        self._proxy = ServerProxy(
            "http://127.0.0.1", transport=SupervisorTransport("", "", f"unix://{socket}")
        )

    @classmethod
    def connect(cls, socket: Path) -> Supervisor | None:
        """The supervisor on this socket, or None if none answers."""
        if not socket.exists():
            return None
        supervisor = cls(socket)
        try:
            supervisor.processes()
        except (OSError, HTTPException, Fault):  # ended, or about to end
            return None
        return supervisor

    @property
    def pid(self) -> int:
        """The supervisor's own pid."""
        return msgspec.convert(self._calls.getPID(), int)

    @property
    def _calls(self) -> _Calls:
        calls: _Calls = self._proxy.supervisor  # pyrefly: ignore[bad-assignment]
        return calls

    def processes(self) -> list[Process]:
        """All processes, in the order of the configuration's groups."""
        infos = msgspec.convert(self._calls.getAllProcessInfo(), list[_Info])
        return [
            Process(
                name=info.name,
                program=info.group,
                state=STATES[info.state],
                pid=info.pid or None,
                since=info.start or None,
            )
            for info in infos
        ]

    def start(self, program: str) -> None:
        """Start all processes of a program that do not run; does not wait.

        Raises:
            MovietagError: it cannot be started.
        """
        try:
            self._calls.startProcessGroup(program, False)
        except Fault as fault:
            if fault.faultCode != ALREADY_STARTED:
                raise MovietagError(f"Could not start {program}: {fault.faultString}.") from None

    def stop(self, programs: Collection[str], limit: float) -> None:
        """Stop programs, all at the same time, and wait until they have ended.

        Raises:
            MovietagError: they still run after ``limit`` seconds.
        """
        until = time.monotonic() + limit
        signalled: set[tuple[str, int | None]] = set()
        while left := [p for p in self.processes() if p.program in programs and not p.resting]:
            # Repeated if it has a new pid: it may have been restarting.
            for process in left:
                if (
                    process.state is not State.STOPPING
                    and (process.name, process.pid) not in signalled
                ):
                    signalled.add((process.name, process.pid))
                    self._stop_process(process)
            if time.monotonic() > until:
                names = ", ".join(process.name for process in left)
                raise MovietagError(f"Still not stopped after {limit:.0f} s: {names}.")
            time.sleep(0.05)

    def _stop_process(self, process: Process) -> None:
        try:
            self._calls.stopProcess(f"{process.program}:{process.name}", False)
        except Fault as fault:
            if fault.faultCode != NOT_RUNNING:
                raise MovietagError(
                    f"Could not stop {process.name}: {fault.faultString}."
                ) from None

    def shutdown(self, limit: float) -> None:
        """End it; it stops programs that still run. Returns when it has ended, or after ``limit`` s."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            try:
                self._calls.shutdown()  # repeatedly: each call makes it proceed by one step
            except Fault as fault:
                if fault.faultCode != SHUTTING_DOWN:
                    raise
            except (OSError, HTTPException):
                return
            time.sleep(0.02)
