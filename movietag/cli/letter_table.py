"""Prints dead letters: a table of many, the history of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from movietag.cli.output import plain
from movietag.documents import LetterBody


def letter_table(letters: Sequence[LetterBody]) -> Table:
    """A table with one row per letter."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("letter", overflow="fold", ratio=2)
    table.add_column("reason", overflow="fold", ratio=3)
    for letter in letters:
        tries = f" ({letter.attempts} attempts)" if letter.attempts > 1 else ""
        reason = f"{letter.error}: {letter.reason}{tries}"
        table.add_row(
            f"{_time(letter.at_ms):%m-%d %H:%M:%S}",
            letter.state,
            Text(plain(letter.letter_id)),
            Text(plain(reason)),
        )
    return table


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
