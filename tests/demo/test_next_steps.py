"""What the demo says at its end: lines for any folder and shell; and what to do when its index was lost."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from movietag.demo.next_steps import exports, next_steps, why_missing
from movietag.settings import Settings

DEMO = Settings(home=Path("/srv/my films/demo"), port_base=20000)


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An environment with the command, in a folder with a blank."""
    folder = tmp_path / "a b" / "bin"
    folder.mkdir(parents=True)
    (folder / "movietag").touch()
    return folder


def test_the_first_line_sets_all_that_the_others_need(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    line = exports({"MOVIETAG_HOME": "/srv/my films"}, venv / "python")
    assert shlex.split(line) == ["export", f"PATH={venv}:$PATH", "MOVIETAG_HOME=/srv/my films"]
    assert line.endswith(":$PATH MOVIETAG_HOME='/srv/my films'")  # the shell fills in PATH


def test_a_path_that_has_the_command_stays(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: str(venv / "movietag"))
    assert exports({"A": "1"}, venv / "python") == "export A=1"
    monkeypatch.setenv("MAKELEVEL", "1")  # `make demo`: the reader's shell does not have it
    assert str(venv) in exports({"A": "1"}, venv / "python")
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/movietag")
    assert str(venv) in exports({"A": "1"}, venv / "python")


@pytest.mark.parametrize("keep_up", [True, False])
def test_no_line_is_of_a_checkout(keep_up: bool) -> None:
    first, *rest = next_steps(DEMO, keep_up=keep_up)
    for part in ("MOVIETAG_HOME='/srv/my films/demo'", "FRAME_STORE=home", "PORT_BASE=20000"):
        assert part in first
    assert not any(".venv" in line for line in rest)
    assert any(line.startswith("movietag up") for line in rest) is not keep_up
    assert any(":20200/" in line for line in rest)
    assert rest[-1] == "movietag down"


def test_a_lost_index_has_a_way_out() -> None:
    text = why_missing(DEMO, "Heat is not in the index.", in_work=False)
    assert "MOVIETAG_PORT_BASE=20000 movietag reset --yes, then `movietag demo`" in text
    assert "recount" in text
    assert "reset" not in why_missing(DEMO, "Heat is not in the index.", in_work=True)
