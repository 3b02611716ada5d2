"""Where a home's frames are stored: by the setting, else as `movietag up` was answered."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.patience import patience

from movietag.settings import Settings, get_settings, load_settings
from movietag.settings.home_frames import (
    clear_frames,
    frames_answer,
    frames_folder,
    save_frames_answer,
)
from movietag.settings.table import PACKAGE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MOVIETAG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MOVIETAG_FRAME_STORE", raising=False)
    get_settings.cache_clear()
    yield tmp_path / "home"
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("setting", "answer", "store"),
    [
        (None, None, ""),
        (None, True, "{home}/frames"),
        (None, False, ""),
        ("", True, ""),
        ("off", True, ""),
        ("home", None, "{home}/frames"),
        ("home", False, "{home}/frames"),
        ("/srv/frames", True, "/srv/frames"),
    ],
)
def test_the_setting_wins_over_the_answer(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str | None,
    answer: bool | None,
    store: str,
) -> None:
    if setting is not None:
        monkeypatch.setenv("MOVIETAG_FRAME_STORE", setting)
    if answer is not None:
        save_frames_answer(home, answer)
    assert load_settings().frame_store == store.format(home=home)


def test_an_answer_is_replaced_and_cleared_with_its_frames(home: Path) -> None:
    assert frames_answer(home) is None
    for answer in (True, False, True):
        save_frames_answer(home, answer)
        assert frames_answer(home) is answer
    frames_folder(home).mkdir()
    clear_frames(home)
    assert (frames_answer(home), frames_folder(home).exists()) == (None, False)


def up(home: Path, *arguments: str, typed: bytes | None = None) -> tuple[int, str]:
    """Run `movietag up` on a terminal if something is typed; the home's name ends it before anything starts."""
    command = [sys.executable, "-m", "movietag.cli", "up", *arguments]
    environment = {**os.environ, "MOVIETAG_HOME": str(home)}
    environment.pop("MOVIETAG_FRAME_STORE", None)
    if typed is None:
        done = subprocess.run(
            command,
            env=environment,
            cwd=PACKAGE.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=patience(60),
        )
        return done.returncode, done.stdout
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, env=environment, cwd=PACKAGE.parent, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, typed)
    said = b""
    try:
        while data := os.read(ours, 4096):
            said += data
    except OSError:  # how a terminal ends whose process has ended
        pass
    os.close(ours)
    return process.wait(patience(60)), said.decode()


@pytest.mark.heavy
def test_a_terminal_is_asked_once_and_a_script_never(tmp_path: Path) -> None:
    home = tmp_path / "not a home"  # refused because of its blanks, once the question is answered
    code, text = up(home)
    assert (code, "Store frames?" in text, frames_answer(home)) == (2, False, None)
    code, text = up(home, typed=b"y\n")
    assert (code, "other people's films" in text, frames_answer(home)) == (2, True, True)
    code, text = up(home, typed=b"n\n")
    assert (code, "Store frames?" in text, frames_answer(home)) == (2, False, True)
    code, text = up(home, "--no-store-frames")
    assert (code, "letters, digits" in text, frames_answer(home)) == (2, True, False)


@pytest.mark.heavy
def test_an_answer_against_the_setting_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "movietag.cli", "up", "--store-frames"],
        env={**os.environ, "MOVIETAG_HOME": str(tmp_path), "MOVIETAG_FRAME_STORE": "off"},
        capture_output=True,
        text=True,
        check=False,
        timeout=patience(60),
    )
    assert (done.returncode, "MOVIETAG_FRAME_STORE is set" in done.stderr) == (2, True)


def test_settings_made_in_code_are_left_alone() -> None:
    assert Settings(frame_store="home").frame_store == "home"
