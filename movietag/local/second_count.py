"""A second count next to the stack's own, or before it, for as long as a command needs it.

It counts with another vocabulary, or in another epoch, or only makes the backfill of the stack's own count. It is a
child of the command and not part of the supervisor's configuration: when the command ends, for whatever reason,
the count ends too, and the next one continues where its group has committed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from movietag.errors import MovietagError
from movietag.local.conf import SHIM, spec_path
from movietag.local.programs import Program, stage_programs
from movietag.local.status import last_lines
from movietag.local.supervision import Supervisor
from movietag.settings import Settings
from movietag.settings.credentials import spelled_out
from movietag.settings.environment import stack_environment
from movietag.settings.home import HomeLayout, home_layout
from movietag.settings.home_vocabulary import Tagging
from movietag.stages import MOST_WORKERS, PROCESS

SOON = 5.0  # seconds: a process that ends sooner has failed to start
TRIES = 5  # starts in a row that end soon
LOG_LINES = 15


class SecondCount:
    """As many processes as the count stage has, started on entry and stopped at the end of the block.

    Args:
        settings: of the stack, which is up.
        tagging: the vocabulary and match rule to count with.
        epoch: the epoch to count in.
        name: the name of its log.
    """

    def __init__(
        self, settings: Settings, tagging: Tagging, epoch: int, *, name: str = "retag"
    ) -> None:
        self._where: HomeLayout = home_layout(settings)
        (count,) = (one for one in stage_programs(settings) if one.name == "count")
        self._program: Program = replace(count, name=name)
        self._environment = _environment(settings, tagging, epoch, self._where, name)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._started: dict[int, float] = {}
        self._tries = 0

    def backfill(self, tell: Callable[[int, int], None]) -> None:
        """Count in bulk what the topic holds now; ``tell`` receives the facts done, and their total.

        Raises:
            MovietagError: it ended ``TRIES`` times before it was done.
        """
        module = Program(
            "backfill", (*self._program.argv[:-1], "movietag.streams.recount.backfill")
        )
        for _ in range(TRIES):
            with self._open(module, 0, output=subprocess.PIPE) as process:
                try:
                    assert process.stdout is not None
                    for line in process.stdout:
                        done, total = line.split()
                        tell(int(done), int(total))
                except BaseException:  # also if the user interrupts
                    process.terminate()
                    raise
            if process.returncode == 0:
                return
        self._give_up()

    def __enter__(self) -> Self:
        """Start it."""
        for number in range(self._program.numprocs):
            self._start(number)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it commit and end; kill it if that takes too long."""
        for process in self._processes.values():
            process.terminate()
        until = time.monotonic() + self._program.stop_seconds
        for process in self._processes.values():
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def pids(self) -> tuple[int, ...]:
        """The pids of its processes."""
        return tuple(process.pid for process in self._processes.values())

    def keep_up(self) -> None:
        """Restart processes that have ended; to be called now and then.

        Raises:
            MovietagError: a process does not start; the text has the end of its log.
        """
        for number, process in self._processes.items():
            if process.poll() is None:
                continue
            soon = time.monotonic() - self._started[number] < SOON
            self._tries = self._tries + 1 if soon else 0
            if self._tries >= TRIES:
                self._give_up()
            self._start(number)

    @property
    def _log(self) -> Path:
        return self._where.log(self._program.name)

    def _give_up(self) -> NoReturn:
        lines = "\n".join(f"  {line}" for line in last_lines(self._log, LOG_LINES))
        raise MovietagError(
            f"The second count does not work. The end of its log, {self._log}:\n{lines}"
        )

    def _start(self, number: int) -> None:
        self._processes[number] = self._open(self._program, number)
        self._started[number] = time.monotonic()

    def _open(
        self, program: Program, number: int, output: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program through the shim, which ends it when this process ends.

        Raises:
            MovietagError: the stack was stopped meanwhile.
        """
        if Supervisor.connect(self._where.socket) is None:
            raise MovietagError(
                f"The stack in {self._where.home} was stopped. Start it and repeat the command: it continues."
            )
        spec = spec_path(self._where, program)
        spec.write_text(program.spec(self._where.home))
        # The last ports of the stage's block: the current count uses the first ones.
        environment = self._environment | {PROCESS: str(MOST_WORKERS - number)}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-S", "-E", str(SHIM), str(spec)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output or log,
                stderr=log,
                start_new_session=True,  # an interrupt in the terminal is the command's own
            )


def _environment(
    settings: Settings, tagging: Tagging, epoch: int, where: HomeLayout, name: str
) -> dict[str, str]:
    """The environment of a stage in a container that counts with this vocabulary, whichever is current."""
    variables = {
        "vocabulary": tagging.vocabulary,
        "match": tagging.match,
        "epoch": epoch,
        "second_count": True,
    }
    own = spelled_out(settings).model_copy(update={**variables, "home": where.run / name})
    return stack_environment(own, where.home)
