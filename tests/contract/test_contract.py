"""The contract of every stage; what it is stands in the package's own text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from support.patience import within

from contract.case import Sent
from contract.field import SETTLED, Field, Run, Stage, Worker
from contract.gates import LONGEST, until
from contract.starting import STOP_SECONDS, field
from movietag import topics
from movietag.local.stack import Stack
from movietag.records import Letter, decode
from movietag.streams.runtime.app import PRODUCER_SECONDS
from movietag.streams.runtime.topics import short_name

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.timeout(500),
    pytest.mark.asyncio(loop_scope="module"),
]

FIRST_HALF, SECOND_HALF = range(2)
MARGIN = 5 + 2  # seconds after the bound of stopping: the stage's own, and this machine's
DEAF = 2 * PRODUCER_SECONDS + 20  # seconds: longer than a producer tries, and then the next batch
SLOW = 3.0  # seconds: several commits, and time for fetch to begin its children


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> AsyncIterator[Field]:
    async with field(stack, next(port_bases), tmp_path_factory.mktemp("contract")) as made:
        yield made


async def test_repeated_and_reordered_input_has_the_same_outcome(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        runs = [*stages.runs(stage), *stages.runs(stage)]
        for seed, run in enumerate(runs):
            await run.send(run.shuffled([*run.inputs, *run.inputs], seed))
        await stages.finish(runs)
        for run in runs:
            await run.send(run.inputs)  # when all is done
        await stages.finish(runs)

    await stages.everywhere(step)


async def test_poison_becomes_a_letter_and_the_process_goes_on(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        for run in stages.runs(stage):
            half = len(run.inputs) // 2
            await run.send(run.inputs[:half])
            [poison] = await run.send_apart([run.case.poison(run.id)])
            await run.send(run.inputs[half:])
            await run.exactly()
            await has_letter(stages, stage, run, poison)
        assert stage.first.process.poll() is None
        assert stage.first.starts == 1

    await stages.everywhere(step)


async def has_letter(stages: Field, stage: Stage, run: Run, poison: Sent) -> None:
    """The letter of a message that can never succeed: its bytes as they were, and why."""
    letter_id = f"{poison.place}/{stage.name}"

    def letters() -> dict[bytes, Letter]:
        found = stages.watcher.records(topics.DEAD_LETTERS, poison.place)
        read = [(one.value, decode(Letter, one.headers[topics.LETTER_HEADER])) for one in found]
        return {value: letter for value, letter in read if letter.letter_id == letter_id}

    await until(lambda: bool(letters()), f"{run.case.name}: letter {letter_id}")
    [(value, letter)] = letters().items()
    message = poison.message
    assert value == message.value
    assert (letter.key or b"", letter.headers) == (message.key, message.headers)
    assert letter.error not in ("", "internal")
    assert len(letter.reason) > 10


async def test_a_slow_downstream_bounds_the_work_in_flight_and_loses_nothing(
    stages: Field,
) -> None:
    async def step(stage: Stage) -> None:
        runs = stages.runs(stage)
        for run in runs:
            run.case.slow_down()
        try:
            # Watched before it is sent: on a quiet machine work is begun, and held, sooner than sent.
            async with asyncio.TaskGroup() as tasks:
                for run in runs:
                    tasks.create_task(stays_within_bounds(stage, run))
                for run in runs:
                    await run.send(run.case.crowd(run.id))
            for run in runs:
                await run.nothing()
        finally:
            for run in runs:
                run.case.speed_up()
        await stages.finish(runs)
        assert stage.first.starts == 1

    await stages.everywhere(step)


async def stays_within_bounds(stage: Stage, run: Run) -> None:
    """While the downstream is slow: work is in flight, within its bound."""
    case, loop = run.case, asyncio.get_running_loop()
    pid = stage.first.process.pid
    told, seen = [0], [0]
    end = None
    async with within(SETTLED, f"{case.name}: work in flight", LONGEST):
        while end is None or loop.time() < end:
            told.append((await stage.first.in_flight()).get(short_name(case.source.name), 0))
            now = case.seen_in_flight(pid)
            seen.append(now or 0)
            if end is None and max(told) and (max(seen) or now is None):
                end = loop.time() + SLOW
            await asyncio.sleep(0.02)
    assert max(told) <= case.most_in_flight, f"{case.name}: {max(told)} in flight"
    assert max(seen) <= case.most_seen, f"{case.name}: {max(seen)} seen"


async def test_nothing_is_committed_past_what_is_still_in_work(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        for run in stages.runs(stage):
            slow = run.case.hold_up(run.id)
            if slow is None:
                continue
            try:
                await run.send([slow])
                await run.send([one for one in run.inputs if one != slow])
                await run.comes_out(run.case.most_in_flight - 1)
                await asyncio.sleep(SLOW)
                stage.first.kill_and_start()
            finally:
                run.case.speed_up()
            await run.exactly()

    await stages.everywhere(step)


async def test_everything_comes_out_although_it_is_killed_twice(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        runs = stages.runs(stage)
        await killed_at_work(stage, runs, FIRST_HALF, SLOW)
        await stage.first.works()
        for run in runs:
            await run.something()
        await killed_at_work(stage, runs, SECOND_HALF, SLOW)
        await stages.finish(runs)

    await stages.everywhere(step)


async def killed_at_work(stage: Stage, runs: list[Run], half: int, seconds: float) -> None:
    """Send half of the inputs, and kill the first worker when they have been held for so long."""
    with stage.shut():
        for run in runs:
            await run.send(run.half(half))
        await stage.held()
        await asyncio.sleep(seconds)
        stage.first.kill_and_start()


async def test_what_was_not_taken_for_minutes_is_sent_although_it_is_killed(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        runs = stages.runs(stage)
        await killed_at_work(stage, runs, FIRST_HALF, DEAF)
        await stage.first.works()
        for run in runs:
            await run.send(run.half(SECOND_HALF))
        await stages.finish(runs)

    await stages.everywhere(step)


async def test_what_was_decided_is_sent_although_it_is_killed_in_between(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        held = [(run, gate) for run in stages.runs(stage) if (gate := run.case.sends)]
        if not held:
            return
        for run, gate in held:
            gate.shut()
            await run.send(run.inputs)
        for run, gate in held:
            await until(lambda gate=gate: gate.waiting > 0, f"{run.case.name} sends to its gate")
        await asyncio.sleep(SLOW)
        stage.first.kill_and_start()
        for _, gate in held:
            gate.open()
        await stages.finish([run for run, _ in held])

    await stages.everywhere(step)


async def test_everything_comes_out_although_workers_join_leave_and_die(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        async with joined(stages, stage) as (second, runs):
            pass
        await stages.finish(runs)
        with stage.shut():
            runs = await stages.begun(stage)
            await second.has_work()
            second.process.terminate()
            await second.says("Signal received")
        assert await second.ended(STOP_SECONDS + MARGIN) == 0
        await stages.finish(runs)
        async with joined(stages, stage) as (third, runs):
            third.process.kill()
        await stages.finish(runs)

    await stages.everywhere(step)


@asynccontextmanager
async def joined(stages: Field, stage: Stage) -> AsyncIterator[tuple[Worker, list[Run]]]:
    """With all gates shut: a worker that has joined, and has taken work from the first.

    Nothing drains meanwhile, so the first was revoked partitions of which it had work in flight.
    """
    early = None
    if not all(case.starts_without for case in stage.cases):
        early = stage.another()
        await early.prepared()
    with stage.shut():
        runs = await stages.begun(stage)
        await stage.has_work()
        worker = early or stage.another()
        await worker.has_work()
        yield worker, runs


async def test_a_stop_drains_what_is_in_flight_and_none_of_it_is_done_again(
    stages: Field,
) -> None:
    async def step(stage: Stage) -> None:
        with stage.shut():
            runs = await stages.begun(stage)
            await stage.has_work()
            stage.first.process.terminate()
            await stage.first.says("Signal received")
        assert await stage.first.ended(STOP_SECONDS + MARGIN) == 0
        done = {run: run.case.copies(run.id) for run in runs}
        for run in runs:
            assert await run.unacked() < len(run.sent), f"{run.case.name} committed nothing"
        stage.again()
        await stages.finish(runs)
        for run in runs:
            after = run.case.copies(run.id)
            again = {each for each, times in done[run].items() if after[each] != times}
            assert not again, f"{run.case.name}: done again after a clean stop: {again}"

    await stages.one_by_one(step)


async def test_a_stop_is_bounded_and_leaves_what_has_not_drained(stages: Field) -> None:
    async def step(stage: Stage) -> None:
        with stage.shut():
            runs = await stages.begun(stage)
            await stage.has_work()
            stage.first.process.terminate()
            await stage.first.ended(STOP_SECONDS + MARGIN)
            for run in runs:
                assert await run.unacked() == len(run.sent), f"{run.case.name}: undone, committed"
        stage.again()
        await stages.finish(runs)

    await stages.one_by_one(step)
