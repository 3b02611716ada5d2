"""tools/environment.sh on machines of fakes: what it takes, and the one line for what is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
REAL = ("awk", "cat", "cp", "dirname", "grep", "mkdir", "mktemp", "rm", "sed", "tail", "tr")
LOCK = r"""torch==2.15.0 ; python_full_version < '3.13' \
    --hash=sha256:aa
    # via movietag (pyproject.toml)
nvidia-cublas==13.4 ; python_full_version < '3.13' \
    --hash=sha256:bb
    # via torch
nvidia-pytriton==0.7.0 ; python_full_version < '3.13' \
    --hash=sha256:cc
    # via movietag (pyproject.toml)
uv==0.13.9 ; python_full_version < '3.13' \
    --hash=sha256:dd
    # via movietag (pyproject.toml:dev)
"""
UV = """
echo "uv $*" >>"$CALLS"
case "$*" in
  *managed-python*) [ -z "${OFFLINE:-}" ] || { echo "error: no route to host" >&2; exit 2; } ;;
  *dry-run*) [ -z "${OFFLINE:-}" ] || { echo "error: no route to host" >&2; exit 2; } ;;
esac
case $1 in
  venv) mkdir -p .venv/bin && cp "$FAKES/a-python3.12" .venv/bin/python && cp "$FAKES/a-uv" .venv/bin/uv ;;
esac
"""
PYTHON = """
case "$1 $2" in
  "-c "*) echo VERSION ;;
  "- "*) LIBRARY ;;
  "-m pip") PIP
    [ "$3" = --version ] || {
      echo "pip $*" >>"$CALLS"
      while [ "$1" != --target ]; do shift; done
      mkdir -p "$2/bin"; cp "$FAKES/a-uv" "$2/bin/uv"
    } ;;
  "-m venv") VENV
    mkdir -p "$3/bin"; cp "$FAKES/a-pip" "$3/bin/python" ;;
esac
"""


class Machine:
    """A machine with nothing on its PATH but fakes, and a checkout."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.calls = folder / "calls"
        self.path = folder / "bin"
        self.fakes = folder / "fakes"
        self.variables: dict[str, str] = {"CGROUP": str(folder)}
        for new in (self.path, self.fakes, self.checkout):
            new.mkdir()
        shutil.copytree(ROOT / "tools", self.checkout / "tools")
        (self.checkout / "requirements.lock").write_text(LOCK)
        for name in REAL:
            found = shutil.which(name)
            assert found, name
            (self.path / name).symlink_to(found)
        self.has("uname", "echo Linux x86_64")
        self.memory(8000)
        self.disk(50_000)
        self._write(self.fakes / "a-uv", UV)
        self._write(self.fakes / "a-pip", python("3.13"))
        self._write(self.fakes / "a-python3.12", python("3.12"))

    def has(self, name: str, script: str) -> None:
        self._write(self.path / name, script)

    def memory(self, megabytes: int, libc: str = "glibc 2.36") -> None:
        pages = megabytes * 1_000_000 // 4096 + 1
        self.has(
            "getconf",
            f'case $1 in GNU*) echo "{libc}" ;; _PHYS*) echo {pages} ;; *) echo 4096 ;; esac',
        )

    def disk(self, megabytes: int) -> None:
        self.has("df", f"echo Filesystem; echo /dev/x 1 1 {megabytes * 1_000_000 // 1024 + 1} 1% /")

    def has_uv(self) -> None:
        self.has("uv", UV)

    def setup(self, *arguments: str) -> str:
        """What it said; the last line says why it stopped, if it did."""
        done = subprocess.run(
            [self.checkout / "tools" / "environment.sh", *arguments],
            env=self.variables
            | {"PATH": str(self.path), "CALLS": str(self.calls), "FAKES": str(self.fakes)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.stopped = done.returncode != 0
        return done.stderr

    def called(self, words: str) -> list[str]:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line for line in lines if words in line]

    @staticmethod
    def _write(file: Path, script: str) -> None:
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)


def python(version: str, library: bool = True, pip: bool = True, venv: bool = True) -> str:
    """The script of a fake Python."""
    return (
        PYTHON.replace("VERSION", version)
        .replace("LIBRARY", "true" if library else "exit 1")
        .replace("PIP", "" if pip else "exit 1")
        .replace("VENV", "" if venv else "exit 1")
    )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def one_line(text: str) -> str:
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]


# -- Python and uv


@pytest.mark.parametrize("name", ["python3.11", "python3.12", "python3", "python"])
def test_a_python_of_the_machine_is_taken_as_it_is(machine: Machine, name: str) -> None:
    machine.has(name, python("3.11" if name == "python3.11" else "3.12"))
    assert machine.setup() == ""
    assert not machine.stopped
    assert machine.called(f"uv venv --quiet --python {machine.path}/{name} .venv")
    assert machine.called("pip install --quiet --no-deps --target")


def test_the_uv_that_pip_fetches_is_the_locked_one_whatever_python_fetches_it(
    machine: Machine,
) -> None:
    machine.has("python3", python("3.13", pip=False))  # pip comes with venv
    machine.has("python3.12", python("3.12", pip=False, venv=False))
    machine.setup()
    fetch = machine.called("--target")
    assert len(fetch) == 1
    assert "--require-hashes" in fetch[0]


def test_a_uv_on_path_is_used(machine: Machine) -> None:
    machine.has_uv()
    machine.has("python3.12", python("3.12", pip=False, venv=False))
    assert machine.setup() == ""
    assert not machine.called("--target")


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.has("python3.11", "echo 'pyenv: python3.11: command not found' >&2; exit 127")
    machine.has("python3.12", python("3.12"))
    assert machine.setup() == ""
    assert machine.called(f"--python {machine.path}/python3.12")


@pytest.mark.parametrize("with_python", [True, False])
def test_with_another_python_or_none_uv_fetches_one_and_a_line_says_so(
    machine: Machine, with_python: bool
) -> None:
    if with_python:
        machine.has("python3", python("3.13"))
    else:
        machine.has_uv()
    said = one_line(machine.setup())
    assert (
        said == "uv fetches a managed Python for .venv: no Python 3.11 or 3.12 with libpython is on"
        " PATH."
    )
    assert machine.called("venv --quiet --managed-python --python >=3.11,<3.13 .venv")


def test_a_python_without_its_library_is_not_taken(machine: Machine) -> None:
    machine.has("python3.12", python("3.12", library=False))
    assert "3.12 here has no libpython3.12" in one_line(machine.setup())
    assert machine.called("--managed-python")


def test_where_uv_cannot_fetch_one_a_line_says_what_to_install(machine: Machine) -> None:
    machine.has("python3", python("3.13"))
    machine.variables["OFFLINE"] = "yes"
    said = machine.setup().splitlines()
    assert machine.stopped
    assert len(said) == 2
    assert "apt-get install" in said[1]
    assert "no route to host" in said[1]
    assert not (machine.checkout / ".venv").exists()


def test_without_python_and_uv_a_line_says_what_to_install(machine: Machine) -> None:
    assert one_line(machine.setup()).startswith("No Python is here: install")
    assert machine.stopped


def test_without_venv_and_pip_a_line_says_what_to_install(machine: Machine) -> None:
    machine.has("python3", python("3.12", pip=False, venv=False))
    said = one_line(machine.setup())
    assert said.startswith("The Python 3.12 here has neither venv nor pip: install")
    assert machine.stopped


def test_an_environment_of_another_python_is_not_touched(machine: Machine) -> None:
    machine.has_uv()
    old = machine.checkout / ".venv" / "bin" / "python"
    old.parent.mkdir(parents=True)
    machine._write(old, python("3.10"))
    assert one_line(machine.setup()).endswith(
        "is 3.10, and 3.11 or 3.12 is needed. Run: make clean"
    )
    old.unlink()
    assert "is gone" in machine.setup()


# -- the machine


@pytest.mark.parametrize("libc", ["glibc 2.31", "glibc 2.34", ""])
def test_an_older_c_library_is_named(machine: Machine, libc: str) -> None:
    machine.has_uv()
    machine.memory(8000, libc)
    said = one_line(machine.setup())
    assert said.startswith("This needs glibc 2.35")
    assert (libc or "another C library") in said


@pytest.mark.parametrize("libc", ["glibc 2.35", "glibc 2.41", "glibc 3.0"])
def test_a_newer_one_is_taken(machine: Machine, libc: str) -> None:
    machine.has_uv()
    machine.has("python3.12", python("3.12"))
    machine.memory(8000, libc)
    assert machine.setup() == ""


def test_another_processor_is_named(machine: Machine) -> None:
    machine.has("uname", "echo Linux aarch64")
    assert one_line(machine.setup()) == "This needs Linux on x86-64; here is Linux aarch64."


def test_too_little_memory_is_named_also_that_of_a_container(machine: Machine) -> None:
    machine.memory(1000)
    assert "here are 1000 MB" in one_line(machine.setup())
    machine.memory(8000)
    Path(machine.variables["CGROUP"], "memory.max").write_text("2000000000\n")
    assert "here are 2000 MB" in one_line(machine.setup())
    Path(machine.variables["CGROUP"], "memory.max").write_text("max\n")
    assert "memory" not in machine.setup()


def test_too_little_room_is_named(machine: Machine) -> None:
    machine.disk(3000)
    assert "here are 3000 MB" in one_line(machine.setup())


# -- packages


def install(machine: Machine) -> str:
    return machine.called("--exact")[-1]


@pytest.fixture
def ready(machine: Machine) -> Machine:
    machine.has_uv()
    machine.has("python3.12", python("3.12"))
    return machine


def test_without_a_gpu_what_none_would_load_is_left_out(ready: Machine) -> None:
    ready.setup()
    assert install(ready).endswith("requirements.lock --excludes tools/without-gpu.txt")
    assert "--require-hashes" in install(ready)


def test_with_a_gpu_nothing_is_left_out(ready: Machine) -> None:
    ready.has("nvidia-smi", "echo 'GPU 0: NVIDIA H200'")
    ready.setup()
    assert install(ready).endswith("requirements.lock")


def test_a_choice_is_kept_until_another_one(ready: Machine) -> None:
    for words in (["cuda"], [], ["auto"]):
        ready.setup(*words)
        assert ("--excludes" in install(ready)) is (words == ["auto"])
    assert "not 'gpu'" in one_line(ready.setup("gpu"))


def test_pytorchs_own_wheels_in_the_versions_of_the_lock(ready: Machine) -> None:
    ready.setup("cpu")
    assert "--torch-backend cpu --python .venv/bin/python torch==2.15.0" in ready.calls.read_text()
    assert install(ready).count("--excludes") == 2


def test_where_their_index_is_out_of_reach_nothing_is_changed(ready: Machine) -> None:
    ready.variables["OFFLINE"] = "yes"
    assert one_line(ready.setup("cpu")).startswith("PyTorch's own index is out of reach")
    assert ready.stopped
    assert not ready.called("--exact")


def test_what_is_left_out_stands_in_the_lock() -> None:
    left_out = [
        line
        for line in (ROOT / "tools" / "without-gpu.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    lock = (ROOT / "requirements.lock").read_text()
    assert left_out
    assert [name for name in left_out if f"\n{name}==" not in lock] == []
