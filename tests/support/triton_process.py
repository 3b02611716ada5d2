"""A Triton alone, as `movietag up` would start it, for as long as a block lasts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movietag.local import triton
from movietag.local.install import installed
from movietag.settings import Settings
from movietag.settings.home import home_layout
from support.patience import patience


@contextmanager
def triton_running(settings: Settings, repository: Path) -> Iterator[None]:
    """Triton with the models of a repository, ready, and gone after the block."""
    where = home_layout(settings)
    program = triton.prepare(installed(where.cache), where, settings, repository)
    written = settings.home / "log"
    with written.open("wb") as log:
        environment = {**os.environ, **program.env}
        process = subprocess.Popen(
            program.argv, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + patience(60)
        while not triton.ready(settings):
            assert process.poll() is None, written.read_text()
            assert time.monotonic() < deadline, written.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=patience(30))
