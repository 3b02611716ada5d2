"""``movietag status``: shows the parts of the embedded stack and the work of the stages."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from msgspec.structs import replace
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
from movietag.local.status import ProcessStatus
from movietag.settings import get_settings


@command
def status(
    json: JsonOption = False,
) -> None:
    """Show every part of the embedded stack (state, address), and the work of each stage.

    Lag: uncommitted messages. Rate: events per second over about ten seconds. In flight and oldest: work taken but
    not yet acknowledged. Exits with 0 if every part runs, else with 1.
    """
    settings = get_settings()
    stack = replace(home_stack(settings).status(), stages=ask_stages(settings))
    if json:
        print_json(stack)
    else:
        out = console()
        out.print(_parts(stack.parts))
        out.print()
        out.print(_stages(stack.stages))
        for stage in stack.stages:
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
        ready = f"{stage.ready} of {stage.answering}" if stage.answering else ""
        table.add_row(
            stage.name,
            ready,
            "" if stage.lag is None else str(stage.lag),
            "" if stage.rate is None else f"{stage.rate:.1f}/s",
            "" if stage.in_flight is None else str(stage.in_flight),
            f"{stage.oldest_s:.0f} s" if stage.oldest_s else "",
        )
    return table
