"""Stages as processes of a test: start, wait until it works, kill, stop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.stages import PROCESS
from support.children import end_with_parent
from support.patience import patience, within


class StageProcess:
    """One stage as a child process, its output in a file."""

    def __init__(
        self, name: str, settings: Settings, number: int = 1, *, without: str = ""
    ) -> None:
        self.name = name
        self.number = number  # among the processes of the stage: decides the port of its health
        self._environment = stack_environment(settings, settings.home) | {PROCESS: str(number)}
        self._program = [f"movietag.streams.{name}"]
        if without:  # a remedy of chaos.sabotage
            self._program = ["chaos.sabotage", without, name]
            self._environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        self._output = Path(tempfile.mkstemp(prefix=f"{name}-", suffix=".log")[1])
        self.starts = 0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        with self._output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *self._program],
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent,  # noqa: PLW1509  # one call of libc
            )

    @property
    def log(self) -> str:
        """All that the stage has said."""
        return self._output.read_text(errors="replace")

    async def says(self, text: str, times: int = 1, seconds: float = 60) -> None:
        """Wait until the stage has said ``text`` so many times."""
        async with within(seconds):
            while self.log.count(text) < times:
                assert self.process.poll() is None, self.log[-3000:]
                await asyncio.sleep(0.1)

    async def works(self) -> None:
        """Wait until the stage has its partitions."""
        await self.says("Worker ready", self.starts, seconds=120)

    def kill_and_start(self) -> None:
        """kill -9, and a new process."""
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    async def ended(self, seconds: float) -> int:
        """The exit status, once the process has ended by itself."""
        async with within(seconds):
            while (status := self.process.poll()) is None:
                await asyncio.sleep(0.05)
        return status

    def forget_output(self) -> None:
        """Delete what the stage has said."""
        self._output.unlink()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(patience(60))


@contextmanager
def running(name: str, settings: Settings, number: int = 1) -> Iterator[StageProcess]:
    """A stage that runs in the block, and is killed at its end if it still does."""
    stage = StageProcess(name, settings, number)
    try:
        yield stage
    except BaseException:
        print(stage.log[-5000:])
        raise
    finally:
        stage.process.kill()
        stage.process.wait()
        stage.forget_output()
