"""``python -m soak``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import json
import logging
import os
import re
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import psutil

from movietag.adding import send_titles
from movietag.demo.stage_set import demo_settings, demo_stack, library_folder
from movietag.drawn.library import build
from movietag.local.owner import OWNER
from movietag.local.preflight import port_free
from movietag.local.stack import Stack
from movietag.rules.titles import parse_title
from movietag.settings import Settings
from movietag.stages import STAGES
from soak.memory import ALLOWED, growth

BASES = range(31600, 32400, 400)  # apart from those of tests/conftest.py and of the chaos harness
STARTING_SECONDS = (
    75.0  # of which nothing counts; what was held back meanwhile is logged within a minute
)
SAMPLE_SECONDS, SEND_SECONDS = 5.0, 60.0
IDLE = 0.35  # part of the run without work
FOLLOWING = 25  # lines that are printed of an error
SERIOUS = re.compile(r"\b(ERROR|CRITICAL)\b|^Traceback", re.MULTILINE)


def serious_lines(log: Path, start: int) -> list[str]:
    """The lines of a log from byte ``start`` that are errors, or begin a traceback, each with what follows."""
    lines = log.read_bytes()[start:].decode(errors="replace").splitlines()
    return [
        " | ".join(lines[at : at + FOLLOWING])
        for at, line in enumerate(lines)
        if SERIOUS.search(line)
    ]


def processes(stack: Stack) -> dict[str, psutil.Process]:
    """The process of each stage."""
    pids = {name: stack.pid(name) for name in STAGES}
    return {name: psutil.Process(pid) for name, pid in pids.items() if pid}


async def sample(stack: Stack, until: float) -> dict[str, list[float]]:
    """The memory of each stage (MB) until a time of the monotonic clock."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    running = processes(stack)
    while time.monotonic() < until:
        for name, process in running.items():
            found[name].append(process.memory_info().rss / 1e6)
        await asyncio.sleep(SAMPLE_SECONDS)
    return found


async def work(stack: Stack, titles: Sequence[str], start: float, until: float) -> int:
    """Send all titles again and again; how many were sent."""
    await asyncio.sleep(start - time.monotonic())
    sent = 0
    while time.monotonic() < until:
        requests = []
        for title in titles:
            request = parse_title(title.encode())
            body = {"title": request.title, "year": request.year, "refresh": sent % 2 == 1}
            requests.append(json.dumps(body).encode())
            sent += 1
        await send_titles(stack.settings, requests)
        await asyncio.sleep(min(SEND_SECONDS, max(0.0, until - time.monotonic())))
    return sent


async def soak(minutes: float) -> dict[str, object]:
    """One run; what was seen."""
    os.environ[OWNER] = str(os.getpid())  # killed, it leaves no servers behind
    base = next(base for base in BASES if all(port_free(base + at) for at in (92, 200, 304)))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        settings = demo_settings(Settings(home=Path(folder), port_base=base))
        library = build(library_folder(settings), lambda done, total: None)
        stack = demo_stack(settings, os.getpid())
        await asyncio.to_thread(stack.start)
        logs = {name: stack.where.log(name) for name in STAGES}
        begin = {
            name: log.stat().st_size for name, log in logs.items()
        }  # starting is another matter
        pids = {name: process.pid for name, process in processes(stack).items()}
        try:
            start, seconds = time.monotonic(), minutes * 60
            memory, sent = await asyncio.gather(
                sample(stack, start + seconds),
                work(stack, library.truth.lines, start + seconds * IDLE, start + seconds * 0.9),
            )
            restarted = [name for name, one in processes(stack).items() if one.pid != pids[name]]
            lines = [line for name, log in logs.items() for line in serious_lines(log, begin[name])]
            size = {name: log.stat().st_size - begin[name] for name, log in logs.items()}
        finally:
            await asyncio.to_thread(stack.down)
    return {
        "minutes": minutes,
        "sent": sent,
        "serious": len(lines),
        "first": lines[:5],
        "restarted": restarted,
        "log_bytes": size,
        "memory_mb": {name: round(values[-1], 1) for name, values in memory.items()},
        "growth_mb": {name: round(growth(values), 1) for name, values in memory.items()},
    }


def main() -> None:
    """Read the arguments, run, print; ends with 1 when something is not as it should be."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    given = parser.parse_args()
    faulthandler.register(signal.SIGUSR1)  # "where do you stand?"
    logging.basicConfig(level=logging.ERROR)
    found = asyncio.run(soak(given.minutes))
    print(json.dumps(found))
    grew = found["growth_mb"]
    assert isinstance(grew, dict)
    sys.exit(bool(found["serious"] or found["restarted"] or max(grew.values()) > ALLOWED))


if __name__ == "__main__":
    main()
