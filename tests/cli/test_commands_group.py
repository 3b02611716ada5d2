"""The group of all commands: names near to a typed one, version, help, queries without quotes, a reader that left."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer import Context
from typer.main import get_command
from typer.testing import CliRunner

from movietag.cli.app import MEANT, PANELS, app
from tools.command_page import examples_of


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


def every_command(command: Any, path: str = "movietag") -> Iterator[tuple[str, Any]]:
    """All commands and groups below one, each with what is typed for it."""
    yield path, command
    context = Context(command)
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from every_command(command.get_command(context, name), f"{path} {name}")


COMMANDS = list(every_command(get_command(app)))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_a_command_has_an_example_that_it_accepts_and_a_group_a_summary(
    path: str, command: Any
) -> None:
    assert command.help.strip()
    if hasattr(command, "list_commands"):
        return
    lines = examples_of(command.help)
    assert lines, f"{path}: its help shows no example"
    for line in lines:
        words = shlex.split(re.sub(r'^eval "\$\((.*)\)"$', r"\1", line))
        words = words[: words.index(">")] if ">" in words else words
        while "=" in words[0]:  # a setting of the shell
            words.pop(0)
        assert words[: len(path.split())] == path.split(), f"{line!r} is of another command"
        command.make_context(path, words[len(path.split()) :])  # raises what the parser refuses


def test_the_version() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout.split()[0]) == (0, "movietag")
