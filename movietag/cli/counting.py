"""What the commands that count again have in common: their progress bar, and that one runs at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from movietag.errors import UsageError
from movietag.kafka.lag import Report
from movietag.local.locking import locked_file
from movietag.local.stack import Stack
from movietag.local.supervision import Supervisor
from movietag.settings import Settings

WORDS = {
    "count": "counting all facts again",
    "index": "writing the documents",
    "turning": "the stages turn to it",
    "deleting": "deleting what no fact explains",
    "dead letters": "writing the dead letters",
}


def is_up(chosen: Settings) -> bool:
    """Whether the stages of these settings are under a supervisor here."""
    return Supervisor.connect(Stack(chosen).where.socket) is not None


def runs_here(chosen: Settings, docs: str) -> bool:
    """Whether the stages to count with run here; else they are elsewhere, as the settings say.

    Raises:
        UsageError: they are nowhere; the text names the page ``docs``.
    """
    if is_up(chosen):
        return True
    if chosen.kafka is None:
        raise UsageError(
            f"No stack runs in {Stack(chosen).where.home}. Start it with `movietag up`. Where the stages"
            " run elsewhere (Docker, Kubernetes), set MOVIETAG_KAFKA and MOVIETAG_ELASTICSEARCH to theirs:"
            f" {docs} says the rest."
        )
    return False


@contextmanager
def alone(chosen: Settings) -> Iterator[None]:
    """Keep other commands from counting the stack of these settings again meanwhile.

    Raises:
        MovietagError: one does.
    """
    if not is_up(chosen):  # the stages are elsewhere, and so is whoever counts again
        yield
        return
    lock = Stack(chosen).where.run / "counting"
    with locked_file(lock, doing="counting this stack's facts again"):
        yield


@contextmanager
def counting_bar() -> Iterator[Report]:
    """A bar on stderr, where that is a terminal; gone at the end of the block."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    out = Console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("")

        def say(what: str, done: int, total: int) -> None:
            bar.update(task, description=WORDS[what], completed=done, total=max(1, total))

        yield say
