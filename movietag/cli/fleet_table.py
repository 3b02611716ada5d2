"""Prints the fleet: a row for each stage, a line for each worker."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from movietag.cli.output import plain
from movietag.kafka.fleet import FleetStatus, GroupStatus, WorkerStatus

RECENT = 3600.0  # seconds for which it is printed that a worker was not ready
SETTLED = ("Stable", "Empty", "none")  # states of a group that need no word
UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def print_fleet(out: Console, fleet: FleetStatus) -> None:
    """Print the fleet, readable from 40 columns on."""
    out.print("All machines, as Kafka knows them:")
    if fleet.groups:
        out.print(_stages(fleet.groups))
    for group in fleet.groups:
        if group.state not in SETTLED:
            out.print(Text(f"{group.stage}: its group is {plain(group.state)}"))
        for worker in group.workers:
            for line in _lines(group, worker):
                out.print(Text(line))
    for line in fleet.missing:
        out.print(Text(plain(line)))


def _stages(groups: tuple[GroupStatus, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Stage", "Ready", "Lag", "Unread"):
        table.add_column(title, justify="left" if title == "Stage" else "right", no_wrap=True)
    for group in groups:
        members = [worker for worker in group.workers if worker.member]
        ready = sum(worker.ready is not False for worker in members)
        table.add_row(
            group.stage,
            f"{ready} of {len(group.workers)}" if group.workers else "no worker",
            "?" if group.lag is None else f"{group.lag:,}",
            "" if group.oldest_s is None else short_age(group.oldest_s),
        )
    return table


def _lines(group: GroupStatus, worker: WorkerStatus) -> list[str]:
    """A worker: who it is, and what there is to say of it."""
    who = [plain(worker.host)]
    who += [f"pid {worker.pid}"] if worker.pid is not None else []
    who += [plain(worker.version) if worker.version else "an earlier version"]
    name = f"{group.stage}: {', '.join(who)}"
    lines = [f"{name}: {_doing(worker)}"]
    told = [*worker.reasons, *(f"It waits: {wait}" for wait in worker.waits)]
    lines += [f"  {plain(text)}" for text in dict.fromkeys(told)]
    if worker.ready and worker.last and worker.last_s is not None and worker.last_s < RECENT:
        lines.append(f"  Not ready {short_age(worker.last_s)} ago: {plain(' '.join(worker.last))}")
    return lines


def _doing(worker: WorkerStatus) -> str:
    if not worker.member:
        return "not ready, and no member of its group"
    share = f"{worker.partitions} partition{'s' * (worker.partitions != 1)}"
    if worker.ready is None:
        silent = worker.report_s is not None and worker.version
        return share + (f", silent for {short_age(worker.report_s or 0)}" if silent else "")
    return f"{share}, {'ready' if worker.ready else 'not ready'}"


def short_age(seconds: float) -> str:
    """A time in one unit: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
