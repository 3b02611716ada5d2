"""The shop of docs/finetuning.md, line by line as it is printed: from a folder of pictures to figures on new ones."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.patience import patience

from movietag.local.drawings import NOTE
from movietag.research.evaluation.results import read_evaluation
from movietag.settings.environment import MARKER

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(3000)]

PAGE = Path(__file__).parents[2] / "docs" / "finetuning.md"
LONGEST = 240.0  # seconds of a line on a quiet machine
MOST_CPU = 300.0  # seconds of all lines, and of the stack that they start


def walk() -> Iterator[str]:
    """The lines of the page, each a command."""
    section = PAGE.read_text("utf-8").partition("\n## A shop, from pictures to tags\n")[2]
    for block in re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL):
        yield from (line for line in block.splitlines() if line.strip())


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


def lines_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_lines_of_the_page_tag_products_never_seen(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    terminal = Terminal(folder, tmp_path / "home", next(port_bases))
    lines, served = list(walk()), 0.0
    printed: dict[str, str] = {}
    before = lines_cpu()
    try:
        for line in lines:
            if line == "movietag down":
                served = terminal.stack_cpu()
            printed[line] = terminal.type(line)
            sys.stdout.write(f"{lines_cpu() - before:6.0f} s $ {line}\n{printed[line]}")
    finally:
        terminal.type("movietag down; movietag reset --yes")
    sys.stdout.write(f"{served:.0f} s of CPU in the stack\n")
    commands = {
        line.split()[1]: " ".join(text.split())
        for line, text in printed.items()
        if line.startswith("movietag ")
    }
    steps = {"dataset", "finetune", "merge", "calibrate", "up", "deploy", "add", "evaluate"}
    assert commands.keys() >= steps
    assert NOTE in commands["up"]
    assert NOTE not in commands["add"], "by then the shop's tagger is deployed"
    (products,) = read_evaluation(folder / "evaluation.json").runs[0].groups
    f1 = {one.system: one.measures.f1_micro.value or 0.0 for one in products.results}
    assert len(products.movies) == 20
    assert f1["run"] > f1["constant_top_k"] + 0.25, f1
    assert served > 0
    assert lines_cpu() - before + served < MOST_CPU
