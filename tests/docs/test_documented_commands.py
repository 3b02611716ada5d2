"""Every `movietag …` line of README and docs/ names a command and options that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from movietag.cli.app import app
from movietag.cli.query_command import QueryCommand

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?:sh|bash|console)?\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:\.venv/bin/)?movietag [^`\n]+)`")


def lines(page: Path) -> Iterator[str]:
    """The commands of a page, one each."""
    text = page.read_text()
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.split(r"&&|\||;", line)
    yield from INLINE.findall(text)


def words(line: str) -> list[str]:
    """What follows `movietag`, without what is set before it; nothing where it is no such command."""
    try:
        given = shlex.split(line, comments=True)
    except ValueError:
        return []
    named = [at for at, word in enumerate(given) if word in ("movietag", ".venv/bin/movietag")]
    if not named or not all("=" in word for word in given[: named[0]]):
        return []
    return given[named[0] + 1 :]


def told() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for line in dict.fromkeys(lines(page)):
            if words(line):
                yield page.name, line.strip()


@pytest.mark.parametrize(("page", "line"), list(told()))
def test_the_command_and_its_options_are_there(page: str, line: str) -> None:
    command = typer.main.get_command(app)
    given = words(line)
    context = typer.Context(command)
    while hasattr(command, "get_command") and given and not given[0].startswith("-"):
        name, *given = given
        if "…" in name:
            return
        found = command.get_command(context, name)
        assert found is not None, f"{page}: no command {name} in {line!r}"
        command = found
    if isinstance(command, QueryCommand):  # `-horror` is a word of its query
        given = [word for word in given if word.startswith("--")]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    known |= {"--help", "-h"}
    asked = [word.partition("=")[0] for word in given if re.match(r"--?[a-z]", word)]
    assert set(asked) <= known, f"{page}: {sorted(set(asked) - known)} in {line!r}"


def test_there_are_such_lines() -> None:
    assert len(list(told())) > 100
