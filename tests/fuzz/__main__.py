"""``python -m fuzz``: a stack of its own, hostile inputs, a table, and one line of JSON.

The status is 1 when an input is lost, an error of ours was found, or a stage had to be started again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from fuzz import runner, world
from movietag.local.stack import Stack


def main() -> int:
    """Run as the arguments say; returns the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port-base", type=int, default=24_000)
    parser.add_argument("--seconds", type=float, default=1_200, help="for all inputs to be done")
    parser.add_argument("--keep-logs", type=Path, help="copy the stages' logs here")
    chosen = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])  # the children find the search
    with tempfile.TemporaryDirectory(prefix="movietag-fuzz-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        root, outside = folder / "root", folder / "outside"
        root.mkdir()
        outside.mkdir()
        case = runner.make_case(chosen.inputs, chosen.seed, root, outside)
        settings = world.fuzz_settings(folder / "home", chosen.port_base, root)
        repository = world.write_repository(folder / "models")
        stack = Stack(settings, model_repository=repository)
        with world.started(stack):
            try:
                report = asyncio.run(
                    runner.run(case, chosen.seed, stack, chosen.seconds, talk=True)
                )
            finally:
                if chosen.keep_logs:
                    keep(stack.where.logs, chosen.keep_logs)
    print("\n".join(report.lines()))
    print(report.json())
    return 1 if report.faults else 0


def keep(logs: Path, where: Path) -> None:
    """Copy the logs; the stack's folder goes."""
    where.mkdir(parents=True, exist_ok=True)
    for log in logs.glob("*.log"):
        (where / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
