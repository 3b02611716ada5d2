"""What the supervisor runs: a program is data, written as JSON, and the shim becomes it."""

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


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the stack.

    Attributes:
        name: word characters and dashes; names its log too.
        argv: what is run, the program's absolute path first.
        env: added to the stack's environment.
        directory: where it is run; default: the stack's home.
        numprocs: processes of it, named ``name-1``, ``name-2`` … when more than one.
        server: one of the servers: not told the settings (they hold secrets), started first and
            stopped last.
        user: uid to run as, when not our own (needs root).
        stop_seconds: time between SIGTERM and SIGKILL.
        start_seconds: a program that ends sooner is started again with growing pauses.
        start_tries: so many of those in a row, then it has failed.
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

    @property
    def processes(self) -> tuple[str, ...]:
        """The names of its processes."""
        if self.numprocs == 1:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(1, self.numprocs + 1))

    def spec(self, home: Path) -> str:
        """What the shim reads (see shim.py): JSON."""
        return json.dumps(
            {
                "argv": self.argv,
                "env": dict(self.env),
                "directory": str(self.directory or home),
                "user": self.user,
                "settings": not self.server,
            }
        )


def stage_programs(settings: Settings) -> tuple[Program, ...]:
    """The five stages, each a module of ``movietag.streams`` run by this Python."""
    marked = f"{MARKER}={home_layout(settings).home}"  # Python takes it, and does nothing by it
    return tuple(
        Program(
            name=name,
            # Seen by movietag.local.leftovers: a stage keeps its environment to itself.
            argv=(sys.executable, "-P", "-X", marked, "-m", f"movietag.streams.{name}"),
            env={"PYTHONUNBUFFERED": "1"},
            directory=Path.cwd(),  # a relative path in a setting means what it meant to the user
            numprocs=settings.workers,
            stop_seconds=settings.stop_seconds + 5,  # the stage's own bound comes first
        )
        for name in STAGES
    )
