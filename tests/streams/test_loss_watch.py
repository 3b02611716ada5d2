"""What the index stage says of indices that lack documents."""

from __future__ import annotations

import logging

import pytest

from movietag.documents import BODIES
from movietag.streams.losses import LossWatch


class Indices:
    """The indices of a vocabulary, and their states."""

    def __init__(self) -> None:
        self.states = dict.fromkeys(BODIES, "")

    async def losses(self) -> dict[str, str]:
        return self.states

    async def make(self) -> None:
        self.states = dict.fromkeys(BODIES, "deleted") | self.states

    def watch(self) -> LossWatch:
        return LossWatch(self.losses, self.make)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_deleted_index_is_made_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    indices = Indices()
    watch = indices.watch()
    await watch.look()
    assert watch.reasons() == []
    del indices.states["frames"]
    for _ in range(3):
        await watch.look()
    (reason,) = watch.reasons()
    assert "index frames was deleted" in reason
    assert "movietag recount" in reason
    assert errors(caplog) == [f"index: it waits for {reason}"]


async def test_it_is_told_again_by_the_next_process_until_it_is_filled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    indices = Indices()
    indices.states["movies"] = "deleted"
    watch = indices.watch()
    await watch.look()
    assert len(errors(caplog)) == 1
    indices.states["movies"] = "filling"
    await watch.look()
    assert "until it is done" in watch.reasons()[0]
    indices.states["movies"] = ""
    await watch.look()
    assert watch.reasons() == []
    assert len(errors(caplog)) == 1


async def test_a_kafka_that_knows_nothing_of_the_documents_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    indices = Indices()
    indices.states["movies"] = "unbacked"
    watch = indices.watch()
    await watch.look()
    (reason,) = watch.reasons()
    assert "Restore" in reason
    assert "movietag recount" in reason
    assert errors(caplog) == [f"index: it waits for {reason}"]
