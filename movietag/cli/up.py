"""``movietag up``: starts the embedded stack, and shows its progress."""

from __future__ import annotations

import os
import sys
import time
from threading import Lock
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from movietag.cli.bars import download_bar
from movietag.cli.counting import runs_locally
from movietag.cli.output import command, console, run, warn
from movietag.cli.recount import count_again
from movietag.demo.stage_set import home_stack
from movietag.errors import TransientError, UsageError
from movietag.fleet.joining import join_library
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.local.foreground import stop_signals, wait_for_end
from movietag.local.layout import used_ports
from movietag.local.preflight import ephemeral
from movietag.local.stack import Stack
from movietag.local.waiting import NotReadyError
from movietag.recount.current import earlier_rule, read_current, with_current
from movietag.search.index.renewing import outdated_of
from movietag.settings import Settings, get_settings
from movietag.settings.home_frames import frames_answer, save_frames_answer

QUESTION = """\
Store the frames of videos, so that pages show pictures? Movies that are added from now on take about 2 MB
each; frames are deleted after {days:g} days. They are pictures of other people's films: whether you may
store them is a matter of your law and of the sites' terms, and nobody else should have them. Without them
pages show text only. MOVIETAG_FRAME_STORE changes the answer (docs/frames.md).
Store frames?"""


class ProgressLines:
    """Progress as lines of text: one per part when it is ready, and a bar while servers are downloaded."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._since = time.monotonic()
        self._lock = Lock()
        self._bar: Progress | None = None

    def fetched(self, done: int, total: int) -> None:
        """Advance the bar; it is removed when all is downloaded."""
        with self._lock:
            if self._bar is None:
                self._bar = download_bar(self._out, total)
            self._bar.update(self._bar.task_ids[0], completed=done)
            if done >= total:
                self._bar.stop()

    def part(self, name: str, state: str, detail: str = "") -> None:
        """Print final states only; intermediate ones would only scroll by."""
        if state in ("ready", "stopped"):
            seconds = time.monotonic() - self._since
            self._out.print(f"  {name:14} {state:8} {seconds:5.1f} s  {detail}".rstrip())

    def close(self) -> None:
        """Remove the bar, also after an error."""
        if self._bar is not None:
            self._bar.stop()


def _start(stack: Stack, settings: Settings, lines: ProgressLines) -> tuple[bool, list[str]]:
    """Start everything, except the count while indices of an earlier version exist; returns those indices."""
    servers = stack.start(only=stack.servers, progress=lines)
    try:
        run(join_library(settings))
        old = run(outdated_of(with_current(settings, run(read_current(settings)))))
        names = set(stack.names) - set(stack.servers) - ({"count"} if old else set())
        rest = stack.start(only=names, progress=lines)
    except NotReadyError:
        raise
    except BaseException:  # including KeyboardInterrupt
        if servers:
            stack.down()
        raise
    return bool(servers or rest), old


def _with_frames(settings: Settings, answer: bool | None) -> Settings:
    """The settings with what is answered now, or was before; without a setting, a terminal is asked once.

    Raises:
        UsageError: an answer is given, but MOVIETAG_FRAME_STORE decides, or the stack is already up.
    """
    if answer is None:
        decided = "frame_store" in settings.model_fields_set
        if decided or frames_answer(settings.home) is not None or not _asks(settings):
            return settings
        answer = typer.confirm(QUESTION.format(days=settings.frame_store_days), default=False)
    elif os.environ.get("MOVIETAG_FRAME_STORE") is not None:
        raise UsageError("MOVIETAG_FRAME_STORE is set: it decides where frames are stored.")
    elif answer != bool(settings.frame_store) and runs_locally(settings):
        raise UsageError("The stack is up. Stop it first: movietag down")
    save_frames_answer(settings.home, answer)
    get_settings.cache_clear()
    return get_settings()


def _asks(settings: Settings) -> bool:
    """Whether somebody can answer, and the answer would apply."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not runs_locally(settings)


@command
def up(
    store_frames: Annotated[
        bool | None,
        typer.Option(
            "--store-frames/--no-store-frames",
            help="Whether frames are stored in the home, so that pages have pictures; saved for later starts."
            " Default: as answered before; a terminal is asked once.",
        ),
    ] = None,
    foreground: Annotated[
        bool,
        typer.Option(
            "--foreground",
            help="Stay until Ctrl-C or SIGTERM, then stop the stack; it also ends if this command is killed.",
        ),
    ] = False,
) -> None:
    """Start Kafka, Elasticsearch, Triton and the stages, and wait until all are ready.

    The first start downloads the servers (140 MB). Data of earlier runs is used again, also of an earlier version of
    movietag: if its indices differ, all movies are counted again.

    Example: movietag up --foreground
    """
    settings = _with_frames(get_settings(), store_frames)
    if not foreground:
        _up(settings, home_stack(settings))
        return
    if runs_locally(settings):
        raise UsageError("The stack is up already. Stop it first: movietag down")
    stack = home_stack(settings, owner=os.getpid())
    _up(settings, stack)
    with stop_signals() as stops:
        pid = stack.supervisor_pid()
        asked = pid is not None and wait_for_end(pid, stops)
        stack.down(progress=ProgressLines(console()))
    if not asked:
        raise TransientError(f"The supervisor ended; see {stack.where.log('supervisor')}.")


def _up(settings: Settings, stack: Stack) -> None:
    out = console()
    if bad := ephemeral(used_ports(settings, stack.servers)):
        warn(bad)
    lines = ProgressLines(out)
    try:
        started, old = _start(stack, settings, lines)
    finally:
        lines.close()
    for line in stack.found_left:
        out.print(line)
    if old:
        out.print(
            f"An earlier version of movietag wrote {', '.join(old)}. Searches use them"
            " while all movies are counted again into new indices; nothing is fetched or captioned again."
        )
        count_again(settings, yes=True)
    if kept := earlier_rule(settings, run(read_current(settings))):
        out.print(kept)
    addresses = stack.status().addresses
    out.print("The stack is up." if started else "The stack was already up.")
    out.print(f"  Kafka          {addresses.kafka}")
    out.print(f"  Elasticsearch  {addresses.elasticsearch}")
    out.print(f"  Triton         {addresses.triton_grpc}")
    out.print(f"  Data and logs  {addresses.home}", soft_wrap=True)
    if serves_drawings_only(settings):
        warn(NOTE)
    if not addresses.elasticsearch_data.startswith(addresses.home):
        out.print(f"                 {addresses.elasticsearch_data}", soft_wrap=True)
