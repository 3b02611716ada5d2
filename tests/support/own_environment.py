"""Tools that do not fit into the environment of the tests: each in one of its own, which uv makes and caches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

UV = Path(sys.executable).with_name("uv")
# Of an environment that is active, which is not the tool's.
FOREIGN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")


def installed_python(version: str) -> str:
    """A Python of a version that pyenv has, which its shims do not offer; else the version, for uv to find."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(root.glob(f"versions/{version}.*/bin/python"))
    return str(found[-1]) if found else version


class OwnEnvironment:
    """Packages and a Python to run them; the test is skipped, with the reason, where these cannot be had.

    ``python`` is an interpreter, or a version, which is not downloaded.
    """

    def __init__(self, *packages: str, python: str = sys.executable) -> None:
        added = [part for package in packages for part in ("--with", package)]
        options = ["--no-project", "--no-python-downloads", "--python", python]
        self._command = [str(UV), "run", "--quiet", *options, *added]
        tried = self.run("python", "-c", "")
        if tried.returncode:
            said = " ".join(tried.stderr.split())[-500:]
            pytest.skip(f"no environment with {', '.join(packages)} and Python {python}: {said}")

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with more environment variables."""
        environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return subprocess.run(
            [*self._command, *command],
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )
