"""The group of all commands: names near to a typed one, version, help, queries without quotes, a reader that left."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from movietag.cli.app import MEANT, PANELS, app


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["serach"], "No such command 'serach'. Did you mean search"),
        (["stop"], "No such command 'stop'. Did you mean down?"),
        (["dead", "lst"], "No such command 'lst'. Did you mean 'list'?"),
        (["search", "--limt", "3"], "--limit"),
        (["search", "-limit", "3"], "No such option: -limit. Did you mean --limit?"),
        (["search", "horror", "--limit"], "Option '--limit' requires an argument."),
        (["search", "--horror"], "No such option: --horror"),
    ],
)
def test_a_slip_is_answered_with_the_name(typed: list[str], says: str) -> None:
    done = CliRunner().invoke(app, typed, env={"COLUMNS": "200", "TERM": "dumb"})
    assert (done.exit_code, says in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        (["-horror"], ["-horror"]),
        (["comedy", "-horror", "--limit", "3"], ["comedy", "-horror"]),
        (["--limit", "3", "comedy", '-"plot twist"'], ["comedy", '-"plot twist"']),
        (["comedy", "--limit=3", "or", "-horror>=30%"], ["comedy", "or", "-horror>=30%"]),
        (["not", "horror", "--limit", "3"], ["not", "horror"]),
        (["-", "horror", "--limit", "3", "--", "--json"], ["-", "horror", "--json"]),
        (["--limit", "3"], []),
    ],
)
@pytest.mark.parametrize("name", ["search", "scenes"])
def test_a_query_needs_no_quotes(name: str, typed: list[str], query: list[str]) -> None:
    command = get_command(app).get_command(None, name)
    given = command.make_context(name, list(typed)).params
    assert (list(given["query"] or ()), given["json"]) == (query, False)
    assert given["limit"] == (3 if any("limit" in word for word in typed) else 20)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "typed",
    [
        "vocabulary show mpst",
        "vocabulary list --json",
        "--version",
        "--help",
        "",
        "search --help",
        "dead --help",
        "dead list --help",
        "completion zsh",
    ],
)
def test_a_reader_that_left_is_not_found_nothing(typed: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "movietag.cli", *typed.split()],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_every_command_has_a_line_of_help() -> None:
    group = get_command(app)
    assert set(MEANT.values()) <= {*PANELS, "--help", "--version"}
    for name in PANELS:
        command = group.get_command(None, name)
        within = getattr(command, "commands", {})
        for one in (command, *within.values()):
            assert one.get_short_help_str(), (name, one.name)


def test_the_version() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout.split()[0]) == (0, "movietag")
