"""Which marker a test has, and that a test marked `pure` is.

A test that uses a server or a browser is known by its fixtures. `heavy` and `slow` are written at the
test or its file; what has none of these is `pure`, and fails when it does what a pure test may not.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SERVERS = {"port_bases", "elasticsearch"}  # who starts a server asks for its ports
BROWSER = {"browser"}
WITH_SERVERS = ("contract", "integration", "nightly")  # folders of which every test uses them
MODELS = ("torch", "transformers", "datasets", "onnxruntime", "playwright", "matplotlib")
CPU_SECONDS = 6.0  # of one pure test; the slowest takes 1.5 on a quiet machine
QUICK = {"git", "lscpu"}  # programs that answer in milliseconds
STARTING = ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.system")
_OF_FILE = re.compile(r"^pytestmark = (?:\[[^\]]*\]|.*)", re.MULTILINE)
_WRITTEN = re.compile(r"\bmark\.(heavy|servers|slow)\b")


def mark(item: pytest.Item) -> None:
    """Add the markers that follow from the test's fixtures."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if fixtures & SERVERS or item.path.parent.name in WITH_SERVERS:
        item.add_marker(pytest.mark.servers)
    if fixtures & BROWSER:
        item.add_marker(pytest.mark.browser)
    if not any(item.get_closest_marker(name) for name in ("servers", "browser", "heavy", "slow")):
        item.add_marker(pytest.mark.pure)


def left_out(path: Path, expression: str) -> bool:
    """Whether no test of a file can be chosen by `-m expression`, so that it need not be imported."""
    if path.suffix != ".py" or expression not in {"pure", "not slow", "slow"}:
        return False
    if expression == "pure" and path.parent.name in WITH_SERVERS:
        return True
    text = path.read_text("utf-8")
    if expression == "slow":
        return path.name.startswith("test_") and "slow" not in _WRITTEN.findall(text)
    of_file = _OF_FILE.search(text)
    written = _WRITTEN.findall(of_file[0]) if of_file else []
    return bool(written) if expression == "pure" else "slow" in written


class Purity:
    """Watches one test at a time; its audit hook stays for the life of the process."""

    def __init__(self) -> None:
        self._started: list[str] | None = None
        self._modules: set[str] = set()
        self._cpu = 0.0
        sys.addaudithook(self._event)

    def _event(self, name: str, arguments: tuple[Any, ...]) -> None:
        if (
            self._started is not None
            and name in STARTING
            and not QUICK.intersection(map(str, arguments[:1]))
        ):
            self._started.append(f"{name}{arguments[:1]}"[:200])

    def begin(self) -> None:
        """A pure test begins, its fixtures included."""
        self._modules = {name for name in MODELS if name in sys.modules}
        self._cpu = time.process_time()
        self._started = []

    def end(self) -> list[str]:
        """What the test did that no pure test does, in words."""
        started, self._started = self._started or [], None
        loaded = [name for name in MODELS if name in sys.modules and name not in self._modules]
        took = time.process_time() - self._cpu
        return [
            *(f"started a process: {one}" for one in started),
            *(f"loaded {name}" for name in loaded),
            *([f"took {took:.1f} s of CPU"] if took > CPU_SECONDS else []),
        ]
