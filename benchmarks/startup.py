"""How long `movietag up` takes on an installed machine, and what the stack then takes of it.

Three times up and down in a home of its own, on free ports; times are wall-clock seconds, so nothing
else should run. ``first`` is the very first start: fetching, checking and unpacking the servers into
an empty cache (with ``--first``; it needs the network).

    python -m benchmarks.startup            # about a minute; the last line is JSON
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil

from movietag.local.install import install_servers
from movietag.local.leftovers import processes_of
from movietag.local.progress import SILENT
from movietag.local.stack import Stack
from movietag.settings import Settings

RUNS = 3


class Times:
    """When each part was ready, in seconds since the start."""

    def __init__(self) -> None:
        self.ready: dict[str, float] = {}
        self._since = time.perf_counter()

    def fetched(self, done: int, total: int) -> None:
        """Not measured."""

    def part(self, name: str, state: str, detail: str = "") -> None:
        """Note the time."""
        if state == "ready":
            self.ready[name] = round(time.perf_counter() - self._since, 2)


def measure(stack: Stack) -> tuple[float, dict[str, float], dict[str, float], float]:
    """One run: seconds up, seconds by part, resident MB by process name, seconds down."""
    times = Times()
    since = time.perf_counter()
    stack.start(progress=times)
    up = time.perf_counter() - since
    resident: dict[str, float] = {}
    for process in processes_of(stack.where.home):
        name = _name(process)
        resident[name] = round(resident.get(name, 0) + process.memory_info().rss / 2**20, 1)
    since = time.perf_counter()
    stack.down()
    return round(up, 2), times.ready, resident, round(time.perf_counter() - since, 2)


def first() -> float:
    """Seconds to bring the servers into an empty cache, downloads included."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["M2_REPO"] = f"{folder}/repository"
        since = time.perf_counter()
        install_servers(Path(folder) / "cache", SILENT)
        return round(time.perf_counter() - since, 2)


def main() -> None:
    """Measure and print."""
    result: dict[str, object] = {"cores": psutil.cpu_count(), "load_before": os.getloadavg()[0]}
    if "--first" in sys.argv[1:]:
        result["first_install_s"] = first()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root, Elasticsearch's user must pass
        stack = Stack(Settings(home=Path(folder) / "home", port_base=27000))
        runs = [measure(stack) for _ in range(RUNS)]
        stack.reset()
    for up, ready, _, down in runs:
        print(f"up {up:5.2f} s, down {down:5.2f} s, ready: {ready}")
    result |= {
        "up_s": [run[0] for run in runs],
        "up_median_s": median(run[0] for run in runs),
        "down_median_s": median(run[3] for run in runs),
        "resident_mb": runs[-1][2],
    }
    print(json.dumps(result))


def _name(process: psutil.Process) -> str:
    """The part a process belongs to: the stage's module, or the program's name."""
    words = process.cmdline()
    stage = next((word for word in words if word.startswith("movietag.streams.")), None)
    if stage or process.name() != "java":
        return stage or process.name()
    return "kafka" if "kafka.Kafka" in words else "elasticsearch"


if __name__ == "__main__":
    main()
