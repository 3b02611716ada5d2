"""Every block of README and docs/ that can run is run on the demo's library, from a folder that is no checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.children import end_with_parent
from support.page_blocks import RUN, PageBlock, blocks
from support.patience import patience

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(1200)]

RUNNABLE = [one for one in blocks(*RUN) if not one.reasons]
FAULTS = ("Traceback (most recent call last)", "Internal Server Error")


class PastingReader:
    """Somebody in a folder of their own, whose shell has what the demo's last lines say."""

    def __init__(self, folder: Path, home: Path, port_base: int) -> None:
        self.folder, self._home, self._base = folder, home / "demo", port_base
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MOVIETAG_")
        } | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MOVIETAG_HOME": str(self._home),
            "MOVIETAG_FRAME_STORE": "home",
            "MOVIETAG_PORT_BASE": str(port_base),
            "MOVIETAG_ROOTS": str(folder / "films"),
        }

    def runs(self, block: PageBlock) -> str:
        """What is wrong with a block when it is run; empty: nothing."""
        code = re.sub(
            r"\b127\.0\.0\.1:19(\d{3})\b",
            lambda port: f"127.0.0.1:{self._base + int(port[1])}",
            block.code,
        )
        shell = ["bash", "-euo", "pipefail", "-c", code]
        done = subprocess.run(
            [sys.executable, "-c", code] if block.kind == "python" else shell,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patience(120),
            check=False,
        )
        fault = next((one for one in FAULTS if one in done.stdout), "")
        silent = all(line.startswith("export ") for line in block.code.splitlines())
        if done.returncode == 0 and not fault and (done.stdout or silent):
            return ""
        return f"{block.name} ended with {done.returncode}\n{block.code}\n{done.stdout[-1500:]}"


@pytest.fixture(scope="module")
def reader(
    tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> Iterator[PastingReader]:
    """A reader of the demo's library: the demo's stack is up, and so are the pages."""
    folder = tmp_path_factory.mktemp("a strange folder")
    home = tmp_path_factory.mktemp("reader")
    (folder / "films").mkdir()
    base = next(port_bases)
    made = PastingReader(folder, home, base)
    movietag = [sys.executable, "-m", "movietag.cli"]
    demo = {**made.environment, "MOVIETAG_HOME": str(home)}
    serve = None
    try:
        subprocess.run([*movietag, "demo", "--keep-up"], cwd=folder, env=demo, check=True)
        serve = subprocess.Popen(
            [*movietag, "serve"],
            cwd=folder,
            env=made.environment,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  # one call of libc
        )
        assert serve.stdout is not None
        assert f"http://127.0.0.1:{base + 390}" in serve.stdout.readline()
        yield made
    finally:
        if serve:
            serve.terminate()
            serve.wait()
        for last in (["down"], ["reset", "--yes"]):
            subprocess.run([*movietag, *last], cwd=folder, env=made.environment, check=False)


def test_every_block_runs_and_says_something(reader: PastingReader) -> None:
    began = time.monotonic()
    faults = [fault for block in RUNNABLE if (fault := reader.runs(block))]
    print(f"{len(RUNNABLE)} blocks in {time.monotonic() - began:.0f} s")
    assert not faults, "\n\n".join(faults)
