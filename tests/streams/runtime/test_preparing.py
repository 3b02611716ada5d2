"""What a stage learns of its topics before it consumes."""

from __future__ import annotations

import pytest

from movietag.errors import TransientError
from movietag.kafka.incarnations import Incarnation
from movietag.kafka.table_check import Difference
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.runtime import preparing
from movietag.streams.runtime.topics import INCARNATIONS


async def _nothing(*_: object) -> None: ...


async def _known(*_: object) -> dict[str, Incarnation]:
    return {"movietag.titles": Incarnation("b", 1)}


@pytest.mark.parametrize("allowed", [True, False])
async def test_topics_are_known_and_compared_before_anything_is_consumed(
    allowed: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A user of Kafka who may not describe configurations is no reason to wait."""

    async def check(_: Settings) -> list[Difference]:
        if not allowed:
            raise TransientError("Topic authorization failed.")
        return [Difference("movietag.titles", "retention.ms", "1", "-1", "messages are deleted.")]

    monkeypatch.setattr(preparing, "create_topics", _nothing)
    monkeypatch.setattr(preparing, "read_incarnations", _known)
    monkeypatch.setattr(preparing, "check_topics", check)
    monkeypatch.delitem(INCARNATIONS, "movietag.titles", raising=False)
    try:
        await preparing.Preparation(Settings(), "movietag-plan").do(Persistence("plan"))
        assert INCARNATIONS["movietag.titles"].number == 1
    finally:
        INCARNATIONS.pop("movietag.titles", None)
    said = "movietag.titles: retention.ms is 1, not -1" if allowed else "not compared"
    assert [said in record.getMessage() for record in caplog.records] == [True]
