"""The commands of the embedded stack, without a stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from movietag.cli import app
from movietag.cli.logs import tail
from movietag.local.preflight import lacking
from movietag.settings import get_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MOVIETAG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MOVIETAG_PORT_BASE", "20000")
    get_settings.cache_clear()  # they are read once a process
    yield tmp_path / "home"
    get_settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_status_of_a_stack_that_is_down_ends_with_1(home: Path) -> None:
    code, text = run("status", "--json")
    answer = json.loads(text)
    assert code == 1
    assert answer["up"] is False
    assert answer["addresses"]["kafka"] == "127.0.0.1:20092"
    assert answer["addresses"]["home"] == str(home)
    assert [part["name"] for part in answer["parts"]][:3] == ["kafka", "elasticsearch", "triton"]
    assert "fleet" in answer
    assert run("status")[0] == 1


def test_status_of_this_machine_only_does_not_ask_kafka(home: Path) -> None:
    code, text = run("status", "--local", "--json")
    assert code == 1
    assert "fleet" not in json.loads(text)


def test_down_of_a_stack_that_is_down_says_so(home: Path) -> None:
    assert run("down") == (0, "The stack was not running.\n")


def test_logs_of_an_unknown_part_name_the_known_ones(home: Path) -> None:
    code, text = run("logs", "kafak")
    assert code == 2
    assert "Unknown part kafak; known: kafka," in text


def test_logs_print_the_last_lines(home: Path) -> None:
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "fetch.log").write_text("one\ntwo\nthree \x1b[31mred\n")
    assert run("logs", "fetch", "--lines", "2") == (0, "two\nthree  [31mred\n")


def test_reset_asks_and_deletes_only_what_is_the_stacks(home: Path) -> None:
    for folder in ("kafka", "logs", "mine"):
        (home / folder).mkdir(parents=True)
    asked = CliRunner().invoke(app, ["reset"], input="n\n")
    assert asked.exit_code == 1
    assert (home / "kafka").exists()
    assert run("reset", "--yes")[0] == 0
    assert sorted(path.name for path in home.iterdir() if path.name != "run") == ["mine"]


@pytest.mark.heavy
def test_doctor_answers_in_json(home: Path) -> None:
    _, text = run("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(text)}
    assert findings["Python"]["verdict"] == ("missing" if lacking() else "ok")
    assert "disk" in findings
    assert {"children: user", "children: files", "children: calls"} <= set(findings)


def test_a_followed_log_is_read_on_past_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"old\n")
    lines = tail(log, 4, pause=0)
    with log.open("ab") as file:
        file.write("one é\ntwo\nha".encode())
    assert [next(lines), next(lines)] == ["one é", "two"]
    with log.open("ab") as file:
        file.write(b"lf\n")
    assert next(lines) == "half"
    log.write_bytes(b"new\n")  # rotated: shorter than what was read
    assert next(lines) == "new"
