"""``python -m long_list``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable
from pathlib import Path

from support.harness_process import leave_nothing_behind, say_where_it_stands

from long_list.field import PORTS, Field
from long_list.run import Run
from long_list.site import made_list
from movietag.local.preflight import port_free

BASE = 18_800  # apart from those of tests/conftest.py, chaos and soak


async def run(given: argparse.Namespace) -> dict[str, object]:
    """One run; the account."""
    leave_nothing_behind()
    taken = [BASE + at for at in PORTS if not port_free(BASE + at)]
    if taken:
        sys.exit(f"Port {taken[0]} is in use: does another run go on?")
    folder = Path(tempfile.mkdtemp(prefix="long-list-", dir=given.folder))
    folder.chmod(0o755)
    movies = made_list(given.titles + 1, given.seed)
    field = Field(folder, BASE, movies, given.interval)
    account: dict[str, object] = {"titles": given.titles, "interval": given.interval}
    began = time.monotonic()

    async def step(name: str, work: Awaitable[dict[str, object]]) -> None:
        account[name] = found = await work
        print(f"{time.monotonic() - began:.0f} s: {name}: {json.dumps(found)}", file=sys.stderr)

    starting = asyncio.create_task(asyncio.to_thread(field.up))
    try:
        await asyncio.shield(starting)
        steps = Run(field, movies, given.stuck)
        await step("list", steps.list_sent())
        await step("person", steps.person_served())
        await step("pause", steps.paused())
        await step("cancel", steps.cancel())
        await step("budget", steps.budgeted(given.budget))
        await step("estimate", steps.worked_off())
        await step("order", steps.order())
        await step("outcome", steps.outcome())
        await step("twice", steps.twice())
        account["videos_asked"] = len(field.site.asks)
        account["seconds"] = round(time.monotonic() - began)
        return account
    except BaseException:  # printed first: stopping all takes long, and may fail itself
        traceback.print_exc()
        raise
    finally:
        await asyncio.wait({starting})
        await asyncio.to_thread(field.down, keep=given.keep)


def kept_promises(account: dict[str, object]) -> bool:
    """Whether each step was as it must be."""
    return all(step.get("ok", True) for step in account.values() if isinstance(step, dict))


def main() -> None:
    """Read the arguments, run, print; ends with 1 when a step was not as it must be."""
    parser = argparse.ArgumentParser(prog="long_list", description=__doc__)
    parser.add_argument("--titles", type=int, default=17_472)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--interval", type=float, default=0.05, help="seconds between two videos")
    parser.add_argument("--budget", type=int, default=20, help="videos a day, while that is tried")
    parser.add_argument("--stuck", type=float, default=300, help="seconds without a request")
    parser.add_argument(
        "--folder", default=None, help="where a folder is made; default: the system's"
    )
    parser.add_argument("--keep", action="store_true", help="keep data and logs")
    given = parser.parse_args()
    say_where_it_stands()
    account = asyncio.run(run(given))
    print(json.dumps(account))
    sys.exit(0 if kept_promises(account) else 1)


if __name__ == "__main__":
    main()
