"""A batch that nobody can read, in one of eight partitions, and the stage that meets it."""

from __future__ import annotations

import secrets
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from support.commands import run_movietag, until
from support.corrupt_batches import (
    Damage,
    batches_of,
    damage,
    damaged_codec,
    unknown_codec,
    wrong_checksum,
)
from support.patience import patience
from support.stage_processes import StageProcess, running
from support.topic_reading import PARTITIONS, Log, ends, title

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.clients import create_topics, make_admin
from movietag.letters.documents import letter_document
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.settings.credentials import spelled_out
from movietag.settings.environment import stack_environment
from movietag.stage_state import StageState, embedded_port, probe_stage

pytestmark = pytest.mark.timeout(300)

BAD = 3


@pytest.fixture(scope="module")
async def settings(stack: Stack) -> Settings:
    await create_topics(stack.settings)
    return stack.settings


async def committed(settings: Settings, partition: int) -> int:
    admin = make_admin(settings)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets("movietag-plan")
    finally:
        await admin.close()
    at = offsets.get(TopicPartition(topics.TITLES.name, partition))
    return at.offset if at else 0


async def tells(settings: Settings, *places: tuple[str, int, int]) -> StageState:
    """What plan says of itself, once it names these batches and no others."""

    async def asked() -> StageState | None:
        state = probe_stage(settings, "plan", 1)
        if state is None:
            return None
        named = {(one.topic, one.partition, one.offset) for one in state.unreadable}
        return state if named == set(places) else None

    return await until(asked, 90)


async def lag_is(settings: Settings, messages: int) -> bool | None:
    state = probe_stage(settings, "plan", 1)
    return True if state and state.lag.get("titles") == messages else None


async def metrics(settings: Settings) -> str:
    import aiohttp

    url = f"http://127.0.0.1:{embedded_port(settings.port_base, 'plan', 1)}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


async def wait_for(log: Log, run: str, names: set[str]) -> None:
    async def all_there() -> bool | None:
        return True if names <= await log.requested(run) else None

    await until(all_there, 90)


@pytest.mark.slow
@pytest.mark.parametrize("how", [wrong_checksum, unknown_codec, damaged_codec])
async def test_a_damaged_batch_holds_up_its_partition_only_until_it_is_skipped(
    settings: Settings, how: Damage
) -> None:
    run = secrets.token_hex(4)
    requests, letters = Log(settings, topics.REQUESTS.name), Log(settings, topics.DEAD_LETTERS.name)
    await requests.begin()
    await letters.begin()
    name = topics.TITLES.name
    offset = (await ends(settings, name))[BAD] + 2
    for partition in range(PARTITIONS):
        batches = [[f"{run} {partition} {batch} {one}" for one in range(2)] for batch in range(3)]
        batches_of(
            settings, name, partition, [[title(one) for one in batch] for batch in batches], "lz4"
        )
    content = damage(settings, name, BAD, offset, how)
    every = {f"{run} {p} {b} {n}" for p in range(PARTITIONS) for b in range(3) for n in range(2)}
    damaged = {f"{run} {BAD} 1 {number}" for number in range(2)}
    behind = {f"{run} {BAD} 2 {number}" for number in range(2)}

    with running("plan", settings) as plan:
        await wait_for(requests, run, every - damaged - behind)
        state = await tells(settings, (name, BAD, offset))
        assert not state.ready
        await until(partial(lag_is, settings, len(damaged | behind)), 60)
        assert await requests.requested(run) == every - damaged - behind

        place = (name, str(BAD), str(offset))
        status = run_movietag(settings, "status").stdout
        doctor = run_movietag(settings, "doctor")
        assert f"movietag topics skip {' '.join(place)}" in " ".join(status.split())
        assert "/".join(place) in doctor.stdout.replace("\n", "").replace(" ", "")
        assert doctor.returncode == 1
        assert (
            f'movietag_unreadable_offset{{partition="{BAD}",topic="titles"}} {float(offset)}'
            in await metrics(settings)
        )
        assert f"the batch at offset {offset} cannot be read" in plan.log

        done = run_movietag(settings, "topics", "skip", *place)
        assert done.returncode == 0, done.stderr
        assert f"offsets {offset} to {offset + 1}" in done.stdout
        await wait_for(requests, run, behind)
        assert (await tells(settings)).unreadable == ()
        assert "movietag_unreadable_offset{" not in await metrics(settings)
        assert await requests.requested(run) == every - damaged

        found = [one async for one in letters.read() if one[1] == content]
        assert len(found) == 1
        document = letter_document(*found[0])
        assert document.doc_id == f"{name}~{BAD}~{offset}~plan"

        again = run_movietag(settings, "topics", "skip", *place)
        assert (again.returncode, "Already skipped" in again.stdout) == (0, True)
        assert plan.process.poll() is None
        assert plan.starts == 1
        assert plan.stop() == 0
    assert await committed(settings, BAD) == (await ends(settings, name))[BAD]


@pytest.mark.slow
async def test_a_skip_is_obeyed_by_a_stage_that_starts_later_and_committed_without_a_message(
    settings: Settings,
) -> None:
    """Nothing lies behind the batch, so nothing that comes would carry the offset on."""
    run = secrets.token_hex(4)
    requests = Log(settings, topics.REQUESTS.name)
    await requests.begin()
    name = topics.TITLES.name
    first = (await ends(settings, name))[BAD]
    batches_of(settings, name, BAD, [[title(f"{run} before")], [title(f"{run} bad")]])
    damage(settings, name, BAD, first + 1, wrong_checksum)
    assert (
        run_movietag(settings, "topics", "skip", "titles", str(BAD), str(first + 1)).returncode == 0
    )

    async def at_the_end() -> bool | None:
        return True if await committed(settings, BAD) == first + 2 else None

    with running("plan", settings) as plan:
        await until(at_the_end, 90)
        assert await requests.requested(run) == {f"{run} before"}
        plan.kill_and_start()
        batches_of(settings, name, BAD, [[title(f"{run} after")]])
        await wait_for(requests, run, {f"{run} after"})
        assert "cannot be read" not in plan.log.rpartition("Starting")[2]


@pytest.mark.slow
async def test_a_partition_that_waits_moves_with_the_group_and_is_skipped_where_it_is(
    settings: Settings,
) -> None:
    """A second worker joins while it waits, and the first is killed."""
    run = secrets.token_hex(4)
    requests = Log(settings, topics.REQUESTS.name)
    await requests.begin()
    name = topics.TITLES.name
    offset = (await ends(settings, name))[BAD] + 1

    def send(batch: str) -> set[str]:
        for partition in range(PARTITIONS):
            batches_of(settings, name, partition, [[title(f"{run} {partition} {batch}")]])
        return {f"{run} {partition} {batch}" for partition in range(PARTITIONS)}

    wanted = send("first")
    send("bad")
    damage(settings, name, BAD, offset, wrong_checksum)
    wanted |= {f"{run} {partition} bad" for partition in range(PARTITIONS) if partition != BAD}

    async def named_by(number: int) -> bool | None:
        state = probe_stage(settings, "plan", number)
        at = (name, BAD, offset)
        found = (
            [(one.topic, one.partition, one.offset) for one in state.unreadable] if state else []
        )
        return True if found == [at] else None

    async def named_once() -> bool | None:
        """Both work, and one of them names the batch."""
        states = [probe_stage(settings, "plan", number) for number in (1, 2)]
        joined = all(state and state.works for state in states)
        named = sum(len(state.unreadable) for state in states if state)
        return True if joined and named == 1 else None

    with running("plan", settings) as first:
        await until(partial(named_by, 1), 90)
        second = StageProcess("plan", settings, 2)
        try:
            await until(named_once, 120)
            later = send("later")
            behind = {f"{run} {BAD} later"}
            await wait_for(requests, run, wanted | later - behind)
            first.process.kill()
            await until(partial(named_by, 2), 90)
            assert await requests.requested(run) == wanted | later - behind
            done = run_movietag(settings, "topics", "skip", "titles", str(BAD), str(offset))
            assert done.returncode == 0, done.stderr
            await wait_for(requests, run, wanted | later)
            assert await requests.requested(run) == wanted | later
        finally:
            second.process.kill()
            second.process.wait()
            second.forget_output()


def backfill(settings: Settings, home: Path) -> subprocess.CompletedProcess[str]:
    """The bulk reading of all facts, for a vocabulary that nobody else counts."""
    told = {"vocabulary": "mpst-aliases", "home": home, "epoch": 77, "second_count": True}
    own = spelled_out(settings).model_copy(update=told)
    return subprocess.run(
        [sys.executable, "-m", "movietag.streams.recount.backfill"],
        env=stack_environment(own, home),
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )


@pytest.mark.slow
async def test_a_retag_names_a_fact_that_cannot_be_read_and_goes_on_behind_a_skip(
    settings: Settings, tmp_path: Path
) -> None:
    name = topics.CAPTIONS.name
    offset = (await ends(settings, name))[BAD] + 1
    batches_of(settings, name, BAD, [[b"no fact"], [b"no fact, either"], [b"not a fact"]])
    damage(settings, name, BAD, offset, wrong_checksum)
    refused = backfill(settings, tmp_path)
    assert refused.returncode == 1
    assert f"movietag topics skip {name} {BAD} {offset}" in refused.stderr
    skipped = run_movietag(settings, "topics", "skip", "captions", str(BAD), str(offset))
    assert "add --refresh" in skipped.stdout
    done = backfill(settings, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == str(sum((await ends(settings, name)).values()))


async def test_a_letter_of_a_batch_is_not_sent_again() -> None:
    """It is no message; its stage would only make another letter of it."""
    from movietag.letters.replaying import _refuse_batch
    from movietag.records import Letter, LetterId

    letter = Letter(LetterId("a/0/1/plan"), "plan", "a", 0, 1, "unreadable-batch", "", ())
    with pytest.raises(PermanentError, match="not a message"):
        _refuse_batch(letter)
