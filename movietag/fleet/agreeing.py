"""Settings in which workers must agree, and those that decide plans and may differ. Pure.

Each worker reports its own to the others (``movietag.kafka.workers``). Another one that starts compares itself with
those that are at work; with nobody at work it begins a fleet of its own settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from movietag.kafka.workers import WorkerReport, worker_name
from movietag.redaction import redacted
from movietag.settings import Settings
from movietag.settings.environment import PREFIX, to_environment
from movietag.stages import STAGES

ADOPT: Final = (
    "settings"  # the value of MOVIETAG_ADOPT with which a worker starts although it differs
)


@dataclass(frozen=True, slots=True)
class EqualSetting:
    """A setting that must be equal: in which stages, and what unequal ones would do."""

    stages: tuple[str, ...]
    means: str


MUST_AGREE: Final[Mapping[str, EqualSetting]] = {
    "model": EqualSetting(("plan", "caption"), "frames planned for one model would meet another"),
    "frame_store": EqualSetting(
        ("plan", "fetch"), "frames would be stored by some workers, and deleted by none"
    ),
    "roots": EqualSetting(("plan", "fetch"), "files would be read or refused by chance"),
    "caption_language": EqualSetting(("count",), "words of captions would be found by chance"),
    "embedder": EqualSetting(("index",), "captions would get vectors by chance"),
    "index_prefix": EqualSetting(
        tuple(STAGES), "documents would be written under one prefix, and searched under another"
    ),
}
DECIDING: Final = (
    *("videos", "search_results", "slots", "slots_per_minute", "movie_slots", "sampling"),
    *("trim_start", "trim_end", "trim_start_share", "trim_end_share", "width", "height"),
    *("jpeg_quality", "drop_dark", "drop_flat", "drop_cards", "duplicate_bits", "most_lost"),
)
"""Settings of the plan stage that decide how many images a movie has, and which."""


def reported_settings(settings: Settings, stage: str) -> dict[str, str]:
    """What a worker of a stage reports: the settings in which it must agree, and those that decide its plans."""
    names = [name for name, shared in MUST_AGREE.items() if stage in shared.stages]
    values = to_environment(settings)
    values[f"{PREFIX}ROOTS"] = msgspec.json.encode(sorted(map(str, settings.roots))).decode()
    return {
        name: redacted(values.get(f"{PREFIX}{name.upper()}", ""))
        for name in (*names, *(DECIDING if stage == "plan" else ()))
    }


def disagreement(own: Mapping[str, str], others: Iterable[WorkerReport]) -> str:
    """Why a worker may not join those at work: what it has, what they have, and how to change either; or empty."""
    for other in others:
        for name, agreement in MUST_AGREE.items():
            if name in own and own[name] != other.settings.get(name, own[name]):
                variable = f"{PREFIX}{name.upper()}"
                return (
                    f"This worker has {variable}={own[name]!r}, and the {other.stage} worker on {_host(other)} has"
                    f" {other.settings[name]!r}: {agreement.means}. Set it here as there; or stop all workers, and start"
                    f" them with the new value. {PREFIX}ADOPT={ADOPT} starts this one all the same, e.g. to exchange"
                    " workers one by one."
                )
    return ""


def differing_planners(reports: Iterable[tuple[str, Mapping[str, str]]]) -> list[str]:
    """A sentence for each deciding setting in which plan workers differ.

    Args:
        reports: host and reported settings of each plan worker.
    """
    hosts: dict[str, defaultdict[str, set[str]]] = {name: defaultdict(set) for name in DECIDING}
    for host, settings in reports:
        for name in settings.keys() & hosts.keys():
            hosts[name][settings[name]].add(host)
    return [
        f"Plan workers differ in {PREFIX}{name.upper()}, so how many images a movie has depends on who plans it: "
        + ", ".join(
            f"{value} on {' and '.join(sorted(at))}" for value, at in sorted(values.items())
        )
        + "."
        for name, values in hosts.items()
        if len(values) > 1
    ]


def _host(report: WorkerReport) -> str:
    name = worker_name(report.client_id)
    return name.host if name else "another machine"
