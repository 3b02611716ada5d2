"""``movietag up``: start the embedded stack, and show how it comes up."""

from __future__ import annotations

import time
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from movietag.cli.output import command, console, run
from movietag.cli.recount import count_again
from movietag.local.stack import Stack
from movietag.search.index.renewing import outdated_of
from movietag.settings import Settings, get_settings


class ProgressLines:
    """Progress as lines for people: one a part when it is there, and a bar while servers are fetched."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._since = time.monotonic()
        self._lock = Lock()
        self._bar: Progress | None = None

    def fetched(self, done: int, total: int) -> None:
        """Move the bar; it is gone when all is fetched."""
        with self._lock:
            if self._bar is None:
                self._bar = _bar(self._out, total)
            self._bar.update(self._bar.task_ids[0], completed=done)
            if done >= total:
                self._bar.stop()

    def part(self, name: str, state: str, detail: str = "") -> None:
        """Print what is settled; what is under way would only scroll by."""
        if state in ("ready", "stopped"):
            seconds = time.monotonic() - self._since
            self._out.print(f"  {name:14} {state:8} {seconds:5.1f} s  {detail}".rstrip())

    def close(self) -> None:
        """Take the bar away, also after an error."""
        if self._bar is not None:
            self._bar.stop()


def _bar(out: Console, total: int) -> Progress:
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress("Fetching the servers (once)", *columns, console=out, transient=True)
    bar.add_task("", total=total)
    bar.start()
    return bar


def _start(stack: Stack, chosen: Settings, shown: ProgressLines) -> tuple[bool, list[str]]:
    """Start all; but not the count while there are indices of an earlier version, which are returned."""
    servers = stack.start(only=stack.servers, progress=shown)
    try:
        old = run(outdated_of(chosen))
        names = set(stack.names) - set(stack.servers) - ({"count"} if old else set())
        rest = stack.start(only=names, progress=shown)
    except BaseException:  # also when the user interrupts
        if servers:
            stack.down()
        raise
    return bool(servers or rest), old


@command
def up() -> None:
    """Start Kafka, Elasticsearch, Triton and the stages, and wait until all are ready.

    The first start fetches the servers (140 MB). Data of earlier runs is taken up again, also that of an
    earlier version of movietag: where its indices differ, all movies are counted again.
    """
    out = console()
    chosen = get_settings()
    stack = Stack(chosen)
    shown = ProgressLines(out)
    try:
        started, old = _start(stack, chosen, shown)
    finally:
        shown.close()
    if old:
        out.print(
            f"An earlier version of movietag has written {', '.join(old)}. Searches are answered from there"
            " while all movies are counted again into new indices; nothing is fetched or captioned again."
        )
        count_again(chosen, yes=True)
    there = stack.status().addresses
    out.print("The stack is up." if started else "The stack was up already.")
    out.print(f"  Kafka          {there.kafka}")
    out.print(f"  Elasticsearch  {there.elasticsearch}")
    out.print(f"  Triton         {there.triton_grpc}")
    out.print(f"  Data and logs  {there.home}", soft_wrap=True)
    if not there.elasticsearch_data.startswith(there.home):
        out.print(f"                 {there.elasticsearch_data}", soft_wrap=True)
