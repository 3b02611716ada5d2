"""``movietag status``: shows the workers of all machines, the parts of the embedded stack, and the work of its stages."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from rich.text import Text

from movietag.cli.ahead import progress_within
from movietag.cli.fleet_table import print_fleet
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    command,
    console,
    plain,
    print_json,
    run,
    warn,
)
from movietag.demo.stage_set import home_stack
from movietag.kafka.fleet_reading import ask_fleet
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.local.preflight import full_disk
from movietag.local.stages import StageStatus, ask_stages
from movietag.local.status import ProcessStatus, with_stages
from movietag.settings import get_settings
from movietag.settings.home import home_layout

PATIENCE = 5.0  # seconds for a process: a busy one takes its time


LocalOption = Annotated[
    bool, typer.Option("--local", help="This machine only, without querying the fleet.")
]


@command
def status(
    local: LocalOption = False,
    json: JsonOption = False,
) -> None:
    """Show the workers of all machines, every part of the embedded stack (state, address), and its stages' work.

    The fleet is what Kafka knows: each stage's workers, host, version, partitions, and why one is not ready. Lag:
    uncommitted messages. Unread: since when the oldest of them has waited. Rate: events per second over about ten
    seconds. Titles: how many are done, the videos a second while there was work, and when all are done. In flight and oldest: work taken but not yet acknowledged. Exits with 0 if every part runs and every
    stage process answers, else with 1; where no part runs on this machine, with 0 if each stage has a worker.

    Example: movietag status --json
    """
    settings = get_settings()
    with ThreadPoolExecutor(1) as pool:
        asked = None if local else pool.submit(ask_fleet, settings)
        stack = with_stages(home_stack(settings).status(), ask_stages(settings, PATIENCE))
        fleet = asked.result() if asked else None
    if fleet:
        stack = replace(stack, fleet=fleet)
    if progress := run(progress_within(settings, stack.stages)):
        stack = replace(stack, progress=progress)
    well = stack.up or bool(fleet and fleet.works and not stack.here)
    if json:
        print_json(stack)
    else:
        out = console()
        if fleet:
            print_fleet(out, fleet)
            out.print("\nThis machine:")
        out.print(_parts(stack.parts))
        out.print()
        out.print(_stages(stack.stages))
        _print_remarks(out, stack.stages)
        if progress and progress.text:
            out.print(Text(plain(f"Titles: {progress.text}.")))
        out.print(f"Data and logs: {stack.addresses.home}", soft_wrap=True)
    if stack.here and (disk := full_disk(home_layout(settings))):
        warn(disk)
    if stack.up and serves_drawings_only(settings):
        warn(NOTE)
    sys.exit(FOUND if well else NOTHING)


def _print_remarks(out: Console, stages: Iterable[StageStatus]) -> None:
    """Print what is to be said of stages of this machine beyond their numbers."""
    for stage in stages:
        if stage.silent:
            out.print(
                f"{stage.name}: {stage.silent} of its processes run and do not answer; what stays silent"
                " for a minute is restarted."
            )
        for reason in stage.reasons:
            out.print(Text(f"{stage.name}: {plain(reason)}"))
        for wait in stage.waits:
            if f"It waits: {wait}" not in stage.reasons:
                out.print(Text(f"{stage.name} waits: {plain(wait)}"))
        for vocabulary, epoch in stage.counts:
            out.print(f"Counted with: {vocabulary}, epoch {epoch}")


def _parts(parts: Iterable[ProcessStatus]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("ProcessStatus", "State", "Pid", "Up", "Address"):
        table.add_column(title, justify="right" if title in ("Pid", "Up") else "left")
    for part in parts:
        up = f"{part.uptime_s:.0f} s" if part.uptime_s else ""
        table.add_row(part.name, part.state, str(part.pid or ""), up, part.address or "")
    return table


def _stages(stages: Iterable[StageStatus]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Stage", "Ready", "Lag", "Rate", "In flight", "Oldest"):
        table.add_column(title, justify="left" if title == "Stage" else "right")
    for stage in stages:
        processes = stage.answering + stage.silent
        ready = f"{stage.ready} of {processes}" if processes else ""
        table.add_row(
            stage.name,
            ready,
            "" if stage.lag is None else str(stage.lag),
            "" if stage.rate is None else f"{stage.rate:.1f}/s",
            "" if stage.in_flight is None else str(stage.in_flight),
            f"{stage.oldest_s:.0f} s" if stage.oldest_s else "",
        )
    return table
