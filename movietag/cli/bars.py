"""Progress bars of long commands: on stderr, and only if it is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)


@contextmanager
def bar() -> Iterator[Progress]:
    """A bar with a description, a percentage, and the remaining time."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    out = Console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        yield progress


def count_bar(*, disable: bool = False) -> Progress:
    """A bar with a description, a count out of a total, and the remaining time."""
    out = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    disable = disable or not out.is_terminal
    return Progress(*columns, console=out, transient=True, disable=disable)


def download_bar(out: Console, total: int) -> Progress:
    """A started bar of the bytes of the servers; the caller stops it."""
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress("Downloading the servers (once)", *columns, console=out, transient=True)
    bar.add_task("", total=total)
    bar.start()
    return bar


@contextmanager
def running_count(what: str) -> Iterator[Callable[[int], None]]:
    """A running count on a terminal, for work of unknown size."""
    out = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"))
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)
