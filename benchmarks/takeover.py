"""How long after kill -9 a stage has its partitions again, each stage by itself.

An embedded stack in a temporary home. A stage is killed with SIGKILL, the supervisor starts it again;
the clock stops when the new process says that it is ready: it has joined its group, which first waits
for the dead member's session to end, and its ledger is read.

    python -m benchmarks.takeover [rounds]      # about a minute a round; the last line is JSON
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.stage_state import probe_stage
from movietag.stages import STAGES

PORT_BASE = 27400
ROUNDS = 3


def until_ready(settings: Settings, stage: str, not_pid: int) -> None:
    """Wait until another process of the stage is ready."""
    while True:
        state = probe_stage(settings, stage, 1)
        if state and state.ready and state.pid != not_pid:
            return
        time.sleep(0.05)


def takeover(stack: Stack, stage: str) -> float:
    """Seconds from the kill of a stage until it is ready again."""
    pid = stack.pid(stage)
    if pid is None:
        raise RuntimeError(f"{stage} does not run")
    until_ready(stack.settings, stage, 0)
    since = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    until_ready(stack.settings, stage, pid)
    return round(time.perf_counter() - since, 2)


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root, Elasticsearch's user must pass
        stack = Stack(Settings(home=Path(folder) / "home", port_base=PORT_BASE))
        try:
            stack.start()
            seconds = {stage: [takeover(stack, stage) for _ in range(rounds)] for stage in STAGES}
        finally:
            stack.down()
    longest = max(max(times) for times in seconds.values())
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"seconds": seconds, "longest_s": longest, "load": load}))


if __name__ == "__main__":
    main()
