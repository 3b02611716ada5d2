"""What is done to the stack while it works."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from chaos.field import Field
from chaos.proxy import KafkaProxy
from movietag.local.supervision import Process, Supervisor
from movietag.stages import STAGES
from movietag.streams.runtime.app import PRODUCER_SECONDS

KINDS = {  # weights
    "kill": 12,
    "pause": 13,
    "worker": 2,
    "cut": 3,
    "slow": 2,
    "deaf": 0.2,
    "refuse": 2,
    "hang": 1,
    "busy": 2,
    "supervisor": 0.7,
    "disk": 0.7,
}
LONGEST_PAUSE = 30.0


class Faults:
    """Draws faults from a seed and does them; ``done`` counts them, by kind and process.

    ``kinds`` come as ``kind`` or ``kind:weight``. ``victims`` are the programs that are killed and
    paused, and the stages whose workers leave; empty: any. ``hold`` is for how many seconds at most a slow broker holds a message.
    """

    def __init__(
        self, field: Field, seed: int, kinds: Sequence[str], victims: Sequence[str], hold: float
    ) -> None:
        self.field = field
        self.victims = victims
        self.hold = hold
        self.rng = random.Random(seed)
        self.kinds = dict(_weighted(kind) for kind in kinds)
        self.done: Counter[str] = Counter()
        self.idle = 0
        self.running: set[asyncio.Task[None]] = set()

    async def run(self, until: float, gap: float) -> None:
        """Do faults, one each ``gap`` seconds or so, until the clock says ``until``."""
        while self.kinds and time.monotonic() < until:
            kind = self.rng.choices(list(self.kinds), list(self.kinds.values()))[0]
            own = random.Random(self.rng.random())  # so that the seed decides what comes when
            task = asyncio.create_task(getattr(self, f"_{kind}")(own))
            self.running.add(task)
            task.add_done_callback(self.running.discard)
            await asyncio.sleep(self.rng.uniform(0.3, 1.7) * gap)
            if not any(t.get_name() == "mend" for t in self.running):
                mending = asyncio.create_task(asyncio.to_thread(self.field.mend), name="mend")
                self.running.add(mending)  # type: ignore[arg-type]
                mending.add_done_callback(self.running.discard)
        await asyncio.gather(*self.running, return_exceptions=True)

    async def _victim(self, rng: random.Random) -> Process | None:
        """A process with work in flight, stages more often than servers; None when there is none."""
        processes = await asyncio.to_thread(self.field.processes)
        processes = [p for p in processes if not self.victims or p.program in self.victims]
        rng.shuffle(processes)
        processes.sort(key=lambda p: rng.random() * (1 if "-" in p.name else 0.5), reverse=True)
        for process in processes:
            if await asyncio.to_thread(self.field.works, process.name):
                return process
        self.idle += 1
        return None

    async def _kill(self, rng: random.Random) -> None:
        victim = await self._victim(rng)
        if victim and victim.pid and _send(victim.pid, signal.SIGKILL):
            self.done[f"kill {victim.program}"] += 1

    async def _pause(self, rng: random.Random) -> None:
        victim = await self._victim(rng)
        if not victim or not victim.pid or not _send(victim.pid, signal.SIGSTOP):
            return
        self.done[f"pause {victim.program}"] += 1
        try:
            await asyncio.sleep(min(LONGEST_PAUSE, 0.2 * 150 ** rng.random()))
        finally:
            _send(victim.pid, signal.SIGCONT)

    async def _worker(self, rng: random.Random) -> None:
        """One of the two workers of a stage leaves, and comes back."""
        stage = rng.choice([name for name in STAGES if name in (self.victims or STAGES)])
        supervisor = Supervisor.connect(self.field.stages.where.socket)
        if supervisor is None:
            return
        with suppress(Exception):
            await asyncio.to_thread(
                supervisor._proxy.supervisor.stopProcess, f"{stage}:{stage}-2", True
            )
            self.done[f"worker {stage}"] += 1
            await asyncio.sleep(rng.uniform(1, 20))
            supervisor = Supervisor(self.field.stages.where.socket)
            await asyncio.to_thread(
                supervisor._proxy.supervisor.startProcess, f"{stage}:{stage}-2", False
            )

    async def _cut(self, rng: random.Random) -> None:
        name = rng.choice(sorted(self.field.proxies))
        proxy = self.field.proxies[name]
        self.done[f"cut {name}"] += 1
        proxy.closed = True
        proxy.cut()
        await asyncio.sleep(rng.uniform(0, 5))
        proxy.closed = False

    async def _slow(self, rng: random.Random) -> None:
        """What is produced comes to Kafka late."""
        self.done["slow kafka"] += 1
        await self._held_back(rng.uniform(0.1, 1) * self.hold, rng.uniform(2, 8))

    async def _deaf(self, rng: random.Random) -> None:
        """What is produced never comes to Kafka, for longer than a producer tries; all else does."""
        self.done["deaf kafka"] += 1
        await self._held_back(2 * PRODUCER_SECONDS, rng.uniform(1.1, 1.4) * PRODUCER_SECONDS)

    async def _held_back(self, held: float, seconds: float) -> None:
        """For some seconds whatever is produced is held for so long."""
        proxy = self.field.proxies["kafka"]
        assert isinstance(proxy, KafkaProxy)
        proxy.slow = held
        await asyncio.sleep(seconds)
        proxy.slow = 0.0

    async def _busy(self, rng: random.Random) -> None:
        proxy = self.field.proxies["elasticsearch"]
        proxy.status = rng.choice((429, 503))
        self.done[f"answer {proxy.status}"] += 1
        proxy.cut()
        await asyncio.sleep(rng.uniform(1, 8))
        proxy.status = 0
        proxy.cut()

    async def _refuse(self, rng: random.Random) -> None:
        await self._mode("refuse", rng)

    async def _hang(self, rng: random.Random) -> None:
        await self._mode("hang", rng)

    async def _mode(self, mode: str, rng: random.Random) -> None:
        self.done[f"triton {mode}"] += 1
        self.field.order(mode=mode)
        await asyncio.sleep(rng.uniform(1, 8))
        self.field.order(mode="ok")

    async def _supervisor(self, rng: random.Random) -> None:
        stack = rng.choice((self.field.stages, self.field.stages, self.field.servers))
        path = stack.where.run / "supervisor.pid"
        if not await asyncio.to_thread(self.field.works, "supervisor"):
            return
        with suppress(OSError, ValueError):
            if _send(int(path.read_text()), signal.SIGKILL):
                self.done["kill supervisor"] += 1
                await asyncio.sleep(1)
                await asyncio.to_thread(self.field.mend)

    async def _disk(self, rng: random.Random) -> None:
        """Fill what is left of the data folder's quota, for some seconds."""
        if not self.field.mounted:
            return
        self.done["disk full"] += 1
        filler = self.field.quota / "filler"
        try:
            with suppress(OSError), filler.open("wb") as file:
                while True:
                    file.write(b"\0" * (1 << 20))
            await asyncio.sleep(rng.uniform(2, 8))
        finally:
            filler.unlink(missing_ok=True)

    def count(self, kind: str) -> int:
        """How many faults of a kind were done."""
        return sum(count for name, count in self.done.items() if name.startswith(f"{kind} "))


def _weighted(kind: str) -> tuple[str, float]:
    name, _, weight = kind.partition(":")
    return name, float(weight or KINDS[name])


def _send(pid: int, number: signal.Signals) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False
