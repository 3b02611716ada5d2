"""The programs that the supervisor runs: each is data, written as JSON, and the shim executes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from movietag.settings import Settings
from movietag.settings.environment import MARKER
from movietag.settings.home import home_layout
from movietag.stages import STAGES

SERVERS = ("kafka", "elasticsearch", "triton")
START_BYTES = 64 << 20  # a server that started with less would soon end again


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the stack.

    Attributes:
        name: word characters and dashes; also the name of its log.
        argv: the command, with the absolute path of the program first.
        env: variables added to the stack's environment.
        directory: its working directory; default: the stack's home.
        numprocs: number of its processes, named ``name-1``, ``name-2`` … if more than one.
        server: one of the servers: it does not get the settings (which hold secrets), starts first and
            stops last.
        user: uid to run as, if not this process's (needs root).
        stop_seconds: time between SIGTERM and SIGKILL.
        start_seconds: a program that ends sooner is restarted with growing pauses.
        start_tries: after this many such ends in a row it has failed.
        data: the folder of what it writes, if it cannot start without ``START_BYTES`` of free space there.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    numprocs: int = 1
    server: bool = False
    user: int | None = None
    stop_seconds: float = 10.0
    start_seconds: int = 5
    start_tries: int = 30
    data: Path | None = None

    @property
    def processes(self) -> tuple[str, ...]:
        """The names of its processes."""
        if self.numprocs == 1:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(1, self.numprocs + 1))

    def spec(self, home: Path) -> str:
        """The input of the shim (see shim.py): JSON."""
        return json.dumps(
            {
                "argv": self.argv,
                "env": dict(self.env),
                "directory": str(self.directory or home),
                "user": self.user,
                "settings": not self.server,
                "data": None if self.data is None else str(self.data),
                "free_bytes": START_BYTES,
            }
        )


def stage_programs(settings: Settings) -> tuple[Program, ...]:
    """The five stages, each a module of ``movietag.streams`` run by this Python."""
    marked = f"{MARKER}={home_layout(settings).home}"  # Python accepts it, and ignores it
    return tuple(
        Program(
            name=name,
            # For movietag.local.leftovers, which cannot read a stage's environment.
            argv=(sys.executable, "-P", "-X", marked, "-m", f"movietag.streams.{name}"),
            env={"PYTHONUNBUFFERED": "1"},
            directory=Path.cwd(),  # a relative path in a setting is relative to the user's directory
            numprocs=settings.workers,
            stop_seconds=settings.stop_seconds + 5,  # the stage's own limit is reached first
        )
        for name in STAGES
    )
