"""``movietag status``: shows the parts of the embedded stack and the work of the stages."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    command,
    console,
    plain,
    print_json,
    warn,
)
from movietag.demo.stage_set import home_stack
from movietag.local.drawings import NOTE, serves_drawings_only
from movietag.local.stages import StageStatus, ask_stages
from movietag.local.status import ProcessStatus, with_stages
from movietag.settings import get_settings

PATIENCE = 5.0  # seconds for a process: a busy one takes its time


@command
def status(
    json: JsonOption = False,
) -> None:
    """Show every part of the embedded stack (state, address), and the work of each stage.

    Lag: uncommitted messages. Rate: events per second over about ten seconds. In flight and oldest: work taken but
    not yet acknowledged. Exits with 0 if every part runs and every stage process answers, else with 1.
    """
    settings = get_settings()
    stack = with_stages(home_stack(settings).status(), ask_stages(settings, PATIENCE))
    if json:
        print_json(stack)
    else:
        out = console()
        out.print(_parts(stack.parts))
        out.print()
        out.print(_stages(stack.stages))
        for stage in stack.stages:
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
        out.print(f"Data and logs: {stack.addresses.home}", soft_wrap=True)
    if stack.up and serves_drawings_only(settings):
        warn(NOTE)
    sys.exit(FOUND if stack.up else NOTHING)


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
