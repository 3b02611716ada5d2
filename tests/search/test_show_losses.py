"""What `show` says of slots without a frame."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console
from wire.examples import BODIES

from movietag.cli.show import print_movie
from movietag.documents import MovieBody
from movietag.search.converting import movie_from


def shown(capsys: pytest.CaptureFixture[str], **changed: object) -> str:
    """The output for the example of a movie, with other fields."""
    body = next(one for one in BODIES if isinstance(one, MovieBody))
    lines = io.StringIO()
    print_movie(
        movie_from(msgspec.structs.replace(body, **changed)), Console(file=lines, width=200)
    )
    return lines.getvalue() + capsys.readouterr().out


def test_slots_are_told_by_reason_and_a_short_movie_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(capsys)
    assert "slots   42 of 50 kept, 8 dropped (8 dark)" in text
    assert "short: too few slots have a frame, so its counts rest on 41 images" in text
    assert "cut off: 152 of 303 s are there" in text
    assert "answers 3 cut, of 41" in text


def test_nothing_is_said_where_nothing_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, dropped=0, dropped_by=(), short=False, videos=(), not_whole=())
    assert "slots   " not in text
    assert "answers" not in text
    assert "short" not in text
