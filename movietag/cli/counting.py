"""What `recount` and `retag` share: a progress bar, and a lock so that one of them runs at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from movietag.cli.bars import count_bar
from movietag.cli.output import says_when_stopped
from movietag.errors import UsageError
from movietag.kafka.catching_up import Report
from movietag.local.locking import locked_file
from movietag.local.stack import Stack
from movietag.local.supervision import Supervisor
from movietag.settings import Settings

STEPS = {
    "count": "recounting all facts",
    "index": "writing documents",
    "turning": "switching the stages",
    "deleting": "deleting documents without facts",
    "dead letters": "writing dead letters",
}


def runs_locally(settings: Settings) -> bool:
    """Whether a supervisor runs the stages of these settings on this machine."""
    return Supervisor.connect(Stack(settings).where.socket) is not None


def stages_run_locally(settings: Settings, docs: str) -> bool:
    """Whether the stages run on this machine; if not, the settings name the servers of those elsewhere.

    Raises:
        UsageError: neither; the text refers to the page ``docs``.
    """
    if runs_locally(settings):
        return True
    if settings.kafka is None:
        raise UsageError(
            f"No stack runs in {Stack(settings).where.home}. Start it with `movietag up`. If the stages"
            " run elsewhere (Docker, Kubernetes), set MOVIETAG_KAFKA and MOVIETAG_ELASTICSEARCH to their servers:"
            f" see {docs}."
        )
    return False


@contextmanager
def exclusive_recount(settings: Settings) -> Iterator[None]:
    """Hold a lock that keeps other commands from recounting the stack of these settings.

    Raises:
        MovietagError: another command holds it.
    """
    if not runs_locally(
        settings
    ):  # stages elsewhere: this machine's lock would not exclude anybody
        yield
        return
    lock = Stack(settings).where.run / "counting"
    with locked_file(lock, doing="recounting this stack's facts"):
        yield


@contextmanager
def counting_bar() -> Iterator[Report]:
    """A bar on stderr if it is a terminal; removed at the end of the block."""
    with count_bar() as bar:
        task = bar.add_task("")
        far = "nothing yet"

        def say(what: str, done: int, total: int) -> None:
            nonlocal far
            far = f"{STEPS[what]}, {done:,} of {total:,}"
            bar.update(task, description=STEPS[what], completed=done, total=max(1, total))

        with says_when_stopped(lambda: f"Stopped ({far}). The same command continues from there."):
            yield say
