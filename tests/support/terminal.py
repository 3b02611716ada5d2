"""Typing the lines of a page of docs, one by one, as its reader does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from movietag.settings.environment import MARKER
from support.patience import patience

LONGEST = 240.0  # seconds of a line on a quiet machine


def lines_of(page: Path, heading: str) -> list[str]:
    """The commands below a heading of a page, up to the next one that is not below it."""
    text = page.read_text("utf-8").partition(f"\n{heading}\n")[2]
    level = len(heading.split(" ", maxsplit=1)[0])
    section = re.split(rf"^#{{1,{level}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Terminal:
    """Runs lines one by one in a folder; what one of them exports holds for the next ones."""

    def __init__(self, folder: Path, home: Path, port_base: int) -> None:
        self._folder, self._home = folder, home
        self._exports: list[str] = []
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MOVIETAG_")
        } | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MOVIETAG_HOME": str(home),
            "MOVIETAG_PORT_BASE": str(port_base),
            "OMP_NUM_THREADS": "1",
        }

    def type(self, line: str) -> str:
        """Run a line to its end; what it prints. It must succeed."""
        if line.startswith("export "):
            self._exports.append(line)
            return ""
        script = "\n".join(["set -e -o pipefail", *self._exports, line])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=patience(LONGEST),
        )
        assert done.returncode == 0, f"$ {line}\n{done.stdout[-4000:]}"
        return done.stdout

    def stack_cpu(self) -> float:
        """CPU seconds of the stack that runs."""
        used = 0.0
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(MARKER) == str(self._home):
                    times = process.cpu_times()
                    used += times.user + times.system
        return used
