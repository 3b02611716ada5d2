"""The unit of systemd, and the commands that write it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from movietag.cli import app
from movietag.errors import UsageError
from movietag.local.service import settings_file, unit, unit_path
from movietag.settings import get_settings
from movietag.settings.environment import MARKER


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home, and a systemctl that writes down how it was called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "systemctl"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("MOVIETAG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MOVIETAG_KAFKA_PASSWORD", 'a "b" $c')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    get_settings.cache_clear()
    yield tmp_path / "home"
    get_settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["service", *arguments])
    return result.exit_code, result.output


def calls(home: Path) -> list[str]:
    return (home.parent / "calls").read_text().splitlines()


@pytest.mark.heavy
def test_it_is_installed_for_this_user_and_removed_again(home: Path) -> None:
    code, text = run("install")
    assert code == 0, text
    path, variables = unit_path(system=False), home / "service.env"
    assert path == home.parent / "config" / "systemd" / "user" / "movietag.service"
    assert path.read_text() == run("show")[1]
    assert stat.S_IMODE(variables.stat().st_mode) == 0o600
    assert 'MOVIETAG_KAFKA_PASSWORD="a \\"b\\" \\$c"\n' in variables.read_text()
    assert "b" not in path.read_text().partition("PASSWORD")[2]
    assert calls(home) == ["--user daemon-reload", "--user enable --now movietag.service"]
    assert run("uninstall")[0] == 0
    assert not path.exists()
    assert not variables.exists()
    assert calls(home)[2:] == ["--user disable --now movietag.service", "--user daemon-reload"]
    assert "There is no" in run("uninstall")[1]


@pytest.mark.heavy
def test_without_systemd_the_commands_that_were_not_run_are_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    code, text = run("install")
    assert code == 2
    assert "systemctl --user daemon-reload" in " ".join(text.split())


def test_what_belongs_to_a_process_is_no_setting() -> None:
    environment = {"MOVIETAG_SLOTS": "5", MARKER: "/srv/h", "MOVIETAG_OWNER": "1", "PATH": "/bin"}
    assert settings_file(environment) == 'MOVIETAG_SLOTS="5"\n'


def test_a_line_break_cannot_be_written() -> None:
    with pytest.raises(UsageError, match="MOVIETAG_PROMPT has a line break"):
        settings_file({"MOVIETAG_PROMPT": "a\nb"})


def test_a_percent_sign_in_a_path_is_one() -> None:
    text = unit(Path("/srv/a%b/service.env"), Path("/srv/50%"), 30, system=True)
    assert "EnvironmentFile=-/srv/a%%b/service.env\n" in text
    assert "WorkingDirectory=/srv/50%%\n" in text
    assert "TimeoutStopSec=90\n" in text
    assert "WantedBy=multi-user.target\n" in text


@pytest.mark.heavy
@pytest.mark.parametrize("system", [False, True], ids=["user", "system"])
def test_systemd_takes_the_unit(tmp_path: Path, system: bool) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    path = tmp_path / "movietag.service"
    path.write_text(unit(tmp_path / "my home" / "service.env", tmp_path, 30, system=system))
    command = [analyze, *(() if system else ("--user",)), "verify", "--man=no", str(path)]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    path.write_text(path.read_text().replace("KillMode=mixed", "KillMode=some"))
    wrong = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert "kill mode" in wrong.stderr
