"""Ctrl-C: a command says what was done, and how to continue; exit code 130, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from movietag.cli import export
from movietag.cli.app import app
from movietag.cli.counting import counting_bar
from movietag.cli.export_run import ExportRequest, ExportTally
from movietag.cli.output import command
from movietag.settings import Settings


def test_a_command_that_says_nothing_more_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    @command
    def waits() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        waits()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "movietag: Stopped.\n"


@pytest.mark.parametrize("steps", [[], [("count", 812, 20_000)]])
def test_a_recount_says_how_far_it_came(
    steps: list[tuple[str, int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    @command
    def counts() -> None:
        with counting_bar() as say:
            for step in steps:
                say(*step)
            raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        counts()
    assert ended.value.code == 130
    far = "recounting all facts, 812 of 20,000" if steps else "nothing yet"
    assert f"Stopped ({far}). The same command continues" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["found.csv", "-"])
def test_an_export_says_what_becomes_of_the_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(
        settings: Settings, request: ExportRequest, file: Path, tally: ExportTally
    ) -> None:
        for number in range(812):
            tally.add(f"movie {number % 8}")
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "run_export", stopped)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["export", name])
    assert done.exit_code == 130
    assert "Stopped: 812 rows of 8 movies were read." in done.stderr
    assert ("found.csv is as it was before" in done.stderr) is (name != "-")
    assert "Traceback" not in done.output
