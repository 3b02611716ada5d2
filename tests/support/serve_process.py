"""`movietag serve` as its own process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from movietag.settings import Settings
from support.addresses import search_environment
from support.children import end_with_parent
from support.patience import patience


@contextmanager
def serving(settings: Settings, **more: str) -> Iterator[str]:
    """The address of `movietag serve` for the settings, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        **search_environment(settings),
        "MOVIETAG_VOCABULARY": settings.vocabulary,
        "MOVIETAG_WEB_PORT": str(port),
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "movietag.cli", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509  # one call of libc
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        address = f"http://127.0.0.1:{port}"
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(patience(20)) in {0, -signal.SIGTERM}
