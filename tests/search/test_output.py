from __future__ import annotations

import json

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from movietag.cli import output
from movietag.errors import MovietagError, PermanentError, TransientError, UsageError
from movietag.search.naming import NothingFound


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Moonlit Harbor [1998]", "Moonlit Harbor [1998]"),
        ("달빛 항구", "달빛 항구"),
        ("a\x1b[31mred\x07", "a [31mred "),
        ("two\r\nlines\u2028x", "two  lines x"),
        ("abc\u202edcb\u2066\u200e\ufeff", "abcdcb"),
        (
            "\u0646\u200c\u0647 \U0001f469\u200d\U0001f680",
            "\u0646\u200c\u0647 \U0001f469\u200d\U0001f680",
        ),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert output.plain(text) == expected


@given(st.text())
def test_plain_text_has_nothing_left_to_strip(text: str) -> None:
    safe = output.plain(text)
    assert not set(safe) & set("\x00\x1b\r\n\x9b\u202e\u2066\u200f")
    assert output.plain(safe) == safe


def test_json_is_safe_and_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"title": "달빛 \u202e\x1b[31m\x9b\u2066 [red]"}
    output.print_json(answer)
    printed = capsys.readouterr().out
    assert json.loads(printed) == answer
    assert "달빛" in printed
    assert not set(printed) & set("\u202e\x1b\x9b\u2066")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("Which?"), 2),
        (PermanentError("bad-title", "The title is empty."), 2),
        (TransientError("Nobody there."), 3),
        (NothingFound("No movie 'x'."), 1),
    ],
)
def test_an_error_is_one_line_and_a_code(
    error: MovietagError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    @output.command
    def work() -> None:
        raise error

    with pytest.raises(SystemExit) as end:
        work()
    assert end.value.code == code
    assert capsys.readouterr() == ("", f"movietag: {error}\n")


def test_a_bug_keeps_its_trace_and_has_a_code_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @output.command
    def work() -> None:
        raise KeyError("oops")

    with pytest.raises(SystemExit) as end:
        work()
    assert end.value.code == output.INTERNAL
    assert "oops" in capsys.readouterr().err


@pytest.mark.parametrize("error", [typer.Abort(), typer.BadParameter("?"), BrokenPipeError()])
def test_what_the_command_line_itself_handles_passes(error: Exception) -> None:
    @output.command
    def work() -> None:
        raise error

    with pytest.raises(type(error)):
        work()
