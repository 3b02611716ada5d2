"""A ledger's changelog with a batch that cannot be read."""

from __future__ import annotations

import secrets

import pytest
from support.commands import until
from support.corrupt_batches import batches_of, damage, wrong_checksum
from support.stage_processes import running

from movietag import topics
from movietag.kafka.clients import create_topics
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.local.stack import Stack
from movietag.stage_state import StageState, probe_stage
from movietag.streams.ledger.changelog import ChangelogReader


async def test_what_lies_before_a_damaged_batch_is_read_and_then_it_is_named(stack: Stack) -> None:
    """Also of a changelog's values that nobody has packed: checksums are looked at."""
    topic = f"test-{secrets.token_hex(4)}-changelog"
    await create_topics(stack.settings, {topic: {"cleanup.policy": "compact"}})
    batches_of(stack.settings, topic, 2, [[b"a" * 50], [b"b" * 50], [b"c" * 50]])
    damage(stack.settings, topic, 2, 1, wrong_checksum)
    read: list[bytes | None] = []
    reader = ChangelogReader(
        stack.settings, topic, lambda at, rows: read.extend(value for _, value in rows)
    )
    for _ in range(2):
        with pytest.raises(UnreadableBatchError) as error:
            await reader.read([0, 1, 2])
        assert (error.value.topic, error.value.partition, error.value.offset) == (topic, 2, 1)
    assert read == [b"a" * 50]


@pytest.mark.slow
async def test_a_stage_whose_ledger_is_damaged_waits_and_says_what_to_do(stack: Stack) -> None:
    settings = stack.settings
    changelog = "movietag-plan-plans-changelog"
    await create_topics(settings, {changelog: topics.LEDGER})
    reader = ChangelogReader(settings, changelog, lambda *row: None)
    await reader.read([5])
    first = reader._next.get(5, 0)
    batches_of(settings, changelog, 5, [[b"page"]])
    whole = damage(settings, changelog, 5, first, wrong_checksum)

    async def named() -> StageState | None:
        state = probe_stage(settings, "plan", 1)
        return state if state and state.unreadable else None

    async def ready() -> bool | None:
        state = probe_stage(settings, "plan", 1)
        return True if state and state.ready else None

    with running("plan", settings) as plan:
        state = await until(named, 90)
        at = state.unreadable[0]
        assert (at.topic, at.partition, at.offset) == (changelog, 5, first)
        assert "restore this topic" in at.text
        assert at.text in state.reasons
        assert f"the batch at offset {first} cannot be read" in plan.log

        def restored(batch: bytearray) -> None:
            batch[:] = whole
            wrong_checksum(batch)  # the same bit again

        damage(settings, changelog, 5, first, restored)
        await until(ready, 90)
        assert plan.process.poll() is None
