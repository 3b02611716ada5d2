"""The field of a test: stages as processes, their cases, and the steps that every test takes."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from support.patience import patience, within
from support.stage_processes import StageProcess

from contract.case import Case, Message, Sent
from contract.gates import LONGEST, until
from contract.watching import Groups, Watcher
from movietag.kafka.clients import make_producer
from movietag.settings import Settings
from movietag.stage_state import StageState, probe_stage
from movietag.streams.runtime.topics import short_name

PREPARES = "It prepares itself."  # of movietag.streams.watch.health
# Seconds in which everything has come out, a dead member's session included, or a process is at work:
# much more than it takes on a quiet machine.
SETTLED = 60.0
WITHOUT = os.environ.get("CONTRACT_WITHOUT", "")  # a remedy: chaos.proof shows that it is missed


class Worker(StageProcess):
    """A process of a stage that tells what it has in flight."""

    def __init__(self, name: str, settings: Settings, number: int) -> None:
        super().__init__(name, settings, number, without=WITHOUT)
        self._settings = settings

    async def in_flight(self) -> Mapping[str, int]:
        """Entries by agent; empty while the process does not answer."""
        state = await self._state()
        return {name: agent.in_flight for name, agent in state.agents.items()} if state else {}

    async def _state(self) -> StageState | None:
        return await asyncio.to_thread(probe_stage, self._settings, self.name, self.number)

    async def prepared(self) -> None:
        """Wait until what the stage does before it joins its group is done."""
        async with within(SETTLED, most=LONGEST):
            while (state := await self._state()) is None or PREPARES in state.reasons:
                await asyncio.sleep(0.02)

    async def has_work(self) -> None:
        """Wait until something is in flight in this very process."""
        async with within(SETTLED, most=LONGEST):
            while not any((await self.in_flight()).values()):
                await asyncio.sleep(0.1)


class Stage:
    """The processes of a stage, and its cases."""

    def __init__(self, name: str, settings: Settings, cases: Sequence[Case]) -> None:
        self.name = name
        self.settings = settings
        self.cases = cases
        self.first = Worker(name, settings, 1)
        self._all = [self.first]

    def another(self) -> Worker:
        """Start one more worker."""
        self._all.append(Worker(self.name, self.settings, len(self._all) + 1))
        return self._all[-1]

    def again(self) -> None:
        """Start the first worker anew after it ended."""
        self.first = self.another()

    def repair(self) -> None:
        """After a failed test: one worker, that runs, and open gates, for the next one."""
        for case in self.cases:
            case.gate.open()
            if case.sends:
                case.sends.open()
            case.speed_up()
        for worker in self._all:
            if worker is not self.first:
                worker.process.kill()
        if self.first.process.poll() is not None:
            self.again()

    async def held(self) -> None:
        """Wait until work of each case is held at the case's gate."""
        for case in self.cases:
            await until(lambda case=case: case.gate.waiting > 0, f"{case.name} waits at its gate")

    async def has_work(self) -> None:
        """Wait until the first worker has work of each case in flight, held at the case's gate."""
        await self.held()
        sources = {short_name(case.source.name) for case in self.cases}
        async with within(SETTLED, most=LONGEST):
            while not sources <= {name for name, n in (await self.first.in_flight()).items() if n}:
                await asyncio.sleep(0.05)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """The gates of all cases are shut in the block."""
        for case in self.cases:
            case.gate.shut()
        try:
            yield
        finally:
            for case in self.cases:
                case.gate.open()

    @property
    def log(self) -> str:
        """The ends of what the workers have said, the first one's last."""
        workers = sorted(self._all, key=lambda worker: worker is self.first)
        return "\n\n".join(f"worker {one.number}:\n{one.log[-4000:]}" for one in workers)

    def end(self) -> None:
        """Kill what is left."""
        for process in self._all:
            process.process.kill()
            process.process.wait()
            process.forget_output()


Step = Callable[[Stage], Awaitable[None]]


class Field:
    """All stages."""

    def __init__(self, settings: Settings, watcher: Watcher, groups: Groups) -> None:
        self.settings = settings
        self.watcher = watcher
        self.groups = groups
        self.stages: list[Stage] = []

    async def everywhere(self, step: Step) -> None:
        """Take a step with every stage at the same time.

        Raises:
            ExceptionGroup: of what failed, each with the name of its stage.
        """

        told = (_told(stage, step) for stage in self.stages)
        results = await asyncio.gather(*told, return_exceptions=True)
        _raise(results)

    async def one_by_one(self, step: Step) -> None:
        """As ``everywhere``, but with one stage after the other.

        Then all that a stage has in flight is what the step gave it: what comes out of a stage goes
        into the next, beside that one's own.
        """
        results = []
        for stage in self.stages:
            results += await asyncio.gather(_told(stage, step), return_exceptions=True)
        _raise(results)

    def runs(self, stage: Stage) -> list[Run]:
        """A new run for each case of a stage."""
        return [Run(self, case) for case in stage.cases]

    async def begun(self, stage: Stage) -> list[Run]:
        """A new run for each case of a stage, its inputs sent."""
        runs = self.runs(stage)
        for run in runs:
            await run.send(run.inputs)
        return runs

    async def finish(self, runs: Sequence[Run]) -> None:
        """Wait until all that must follow has followed."""
        await asyncio.gather(*(run.exactly() for run in runs))


class Run:
    """Inputs of a case under an id of their own, and what was sent of them."""

    def __init__(self, field: Field, case: Case) -> None:
        self.id = f"run{secrets.token_hex(4)}"
        self.case = case
        self.inputs = case.inputs(self.id)
        self.sent: list[Sent] = []
        self._field = field
        keys = sorted({message.key for message in case.crowd(self.id) if message.key})
        partitions = field.settings.kafka_partitions
        # Spread, so that of several workers each has some.
        self._partitions = {key: 3 * place % partitions for place, key in enumerate(keys)}

    async def send(self, messages: Sequence[Message]) -> None:
        """Send messages to the case's source in their order."""
        self.sent += await self.send_apart(messages)

    async def send_apart(self, messages: Sequence[Message]) -> list[Sent]:
        """As ``send``, of messages from which nothing follows."""
        async with make_producer(self._field.settings) as producer:
            sends = [
                await producer.send(
                    self.case.source.name,
                    one.value,
                    one.key or None,
                    self._partitions.get(one.key),
                    headers=[*one.headers],
                )
                for one in messages
            ]
            places = await asyncio.gather(*sends)
        return [
            Sent(one, at.topic, at.partition, at.offset)
            for one, at in zip(messages, places, strict=True)
        ]

    def half(self, number: int) -> list[Message]:
        """The first half of the inputs (0), or the second (1)."""
        middle = len(self.inputs) // 2
        return self.inputs[middle:] if number else self.inputs[:middle]

    def shuffled(self, messages: Sequence[Message], seed: int) -> list[Message]:
        """The messages in an order of their own for each seed."""
        return self.case.shuffled(messages, random.Random(seed))

    async def unacked(self) -> int:
        """How many of the messages sent the group has not committed."""
        committed = await self._field.groups.committed(self.case.group)
        return sum(one.offset >= committed.get((one.topic, one.partition), 0) for one in self.sent)

    async def something(self) -> None:
        """Wait until anything is done, and committed."""
        async with within(SETTLED, most=LONGEST):
            while await self.unacked() == len(self.sent):
                await asyncio.sleep(0.1)

    async def comes_out(self, least: int) -> None:
        """Wait until so much has come out."""
        async with within(SETTLED, most=LONGEST):
            while len(await self.case.outcome(self.id)) < least:
                await asyncio.sleep(0.1)

    async def nothing(self) -> None:
        """See that while the gate is shut nothing is taken for done.

        Raises:
            AssertionError: a message is committed, or what rests on what is held has come out.
        """
        name = self.case.name
        assert await self.unacked() == len(self.sent), f"{name}: undone, committed"
        assert not (out := self.case.premature(self.id)), f"{name}: came too early: {out}"

    async def exactly(self) -> None:
        """Wait until just what must follow has followed, and is committed, and stays so."""
        case, loop = self.case, asyncio.get_running_loop()
        wanted = case.expected(self.id, self.sent)
        end = loop.time() + patience(SETTLED, LONGEST)
        while (found := await case.outcome(self.id)) != wanted and loop.time() < end:
            await asyncio.sleep(0.2)
        assert found == wanted, f"{case.name}: {_difference(found, wanted)}"
        while (left := await self.unacked()) and loop.time() < end:
            await asyncio.sleep(0.2)
        assert not left, f"{case.name}: {left} of {len(self.sent)} messages are not committed"
        assert await case.outcome(self.id) == wanted, f"{case.name}: more came than must follow"


async def _told(stage: Stage, step: Step) -> None:
    """Take a step; what fails says in which stage, and the stage is made ready for the next test."""
    try:
        await step(stage)
    except BaseException as error:
        error.add_note(f"in stage {stage.name}; it said:\n{stage.log}")
        stage.repair()
        raise


def _raise(results: Sequence[BaseException | None]) -> None:
    failed = [result for result in results if isinstance(result, Exception)]
    if failed:
        raise ExceptionGroup("the contract is broken", failed)


def _difference(found: Mapping[Hashable, object], wanted: Mapping[Hashable, object]) -> str:
    missing = [key for key in wanted if key not in found]
    more = [key for key in found if key not in wanted]
    other = [(key, found[key], wanted[key]) for key in found if key in wanted]
    other = [item for item in other if item[1] != item[2]]
    return (
        f"{len(found)} came, {len(wanted)} must; missing {missing[:5]}, more {more[:5]},"
        f" otherwise {other[:2]}"
    )
