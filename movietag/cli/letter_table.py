"""Prints dead letters: a table of many, the history of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console

from movietag.cli.line_table import print_lines
from movietag.cli.output import plain
from movietag.documents import LetterBody
from movietag.rules.letter_titles import letter_title
from movietag.search.letter_counts import LetterCount


def print_letters(out: Console, letters: Sequence[LetterBody]) -> None:
    """Print one line per letter: its id, whole, its title, and how its reason begins."""
    rows = []
    for letter in letters:
        tries = f"[{letter.attempts} attempts] " if letter.attempts > 1 else ""
        state = "" if letter.state == "failed" else f"[{letter.state}] "
        rows.append(
            (
                f"{_time(letter.at_ms):%m-%d %H:%M}",
                letter.letter_id,
                letter_title(letter),
                f"{state}{tries}{letter.error}: {letter.reason}",
            )
        )
    print_lines(out, ("UTC", "letter", "title", "reason"), rows, cut=(2,))


def print_counts(out: Console, groups: Sequence[LetterCount]) -> None:
    """Print one line per stage and error: how many letters, and the newest of them."""
    rows = [
        (
            one.error,
            one.stage,
            f"{one.letters:,}",
            f"{_time(one.newest.at_ms):%m-%d %H:%M}",
            f"{letter_title(one.newest)}: {one.newest.reason}",
        )
        for one in groups
    ]
    print_lines(out, ("error", "stage", "#letters", "newest", "of it"), rows)


def story(letter: LetterBody) -> Iterator[str]:
    """The lines that describe a letter and its history."""
    yield f"letter   {plain(letter.letter_id)}"
    yield f"movie    {plain(letter.movie_id or 'unknown')}"
    yield (
        f"message  {plain(letter.topic)}/{letter.partition}/{letter.offset}, {letter.size:,} bytes,"
        f" failed in stage {plain(letter.stage)}"
    )
    for failure in letter.history:
        yield (
            f"failed   {_time(failure.at_ms):%Y-%m-%d %H:%M:%S}  {plain(failure.error)}: "
            + plain(failure.reason)
        )
    if letter.marked_ms is not None:
        yield (
            f"{letter.state} {_time(letter.marked_ms):%Y-%m-%d %H:%M:%S}  and has not failed since"
        )


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
