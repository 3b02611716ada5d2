"""The liveness check of Triton's container sees that the process of a model was killed; Triton does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.misbehaving_model import MODEL, misbehaving

from movietag.captioning.server import arguments
from movietag.captioning.triton.access import read_key
from movietag.errors import UsageError
from movietag.local import triton
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.settings.credentials import TRITON_KEY, secrets_folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Stack]:
    """A Triton of its own, with one model."""
    tmp_path = tmp_path_factory.mktemp("alive")
    repository = misbehaving(tmp_path / "models")
    settings = Settings(home=tmp_path / "home", port_base=next(port_bases), model=MODEL)
    stack = Stack(settings, model_repository=repository)
    stack.start(only=("triton",))
    yield stack
    stack.down()
    stack.reset()


def asked(stack: Stack, *more: str) -> subprocess.CompletedProcess[str]:
    """What a container runs."""
    key = secrets_folder(stack.settings.home) / TRITON_KEY
    words = ("--address", stack.settings.triton_address, "--model", stack.settings.model)
    command = [sys.executable, "-m", "movietag.captioning.alive", *words, f"--key-file={key}"]
    return subprocess.run([*command, *more], capture_output=True, text=True, check=False)


def test_a_killed_model_is_not_alive_though_triton_says_ready(served: Stack) -> None:
    before = asked(served)
    assert (before.returncode, before.stdout) == (0, "misbehaving@1\n")
    (stub,) = (
        process
        for process in psutil.Process(served.pid("triton")).children(recursive=True)
        if process.name().startswith("triton_python")
    )
    stub.kill()
    psutil.wait_procs([stub], timeout=10)
    after = asked(served)
    assert triton.ready(served.settings)
    assert after.returncode == 1
    assert "misbehaving does not answer" in after.stderr
    assert "Traceback" not in after.stderr


def test_a_key_that_cannot_be_read_is_one_line(served: Stack, tmp_path: Path) -> None:
    for other in (tmp_path / "none", tmp_path):
        answer = asked(served, f"--key-file={other}")
        assert answer.returncode == 1
        assert f"cannot be read from {other} by uid" in answer.stderr
        assert len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize("text", ["", "short", "sixteen characters", "a" * 16 + '"'])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(UsageError, match="openssl rand"):
        read_key(str(file))


def test_a_container_serves_no_http_and_asks_for_the_key() -> None:
    command = arguments("/models", "0123456789abcdef")
    assert "--allow-http=false" in command
    assert "--model-control-mode=explicit" in command
    (restricted,) = [word for word in command if word.startswith("--grpc-restricted-protocol=")]
    assert restricted.endswith(":movietag-key=0123456789abcdef")
    assert "model-repository" in restricted
