from typing import Any, ClassVar

import pytest
from faust.transport.drivers import aiokafka
from faust.types import TP

from streams import transport


async def test_partitions_without_a_committed_offset_are_read_from_their_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise what Faust threw away of them during a rebalance would never be read."""
    read = TP("movietag.captions", 0)
    unread, nothing = TP("movietag.captions", 1), TP("movietag.captions", 2)
    changelog = TP("movietag-count-changelog", 0)
    sought: dict[TP, int] = {}

    class Faust:
        _committed_offset: ClassVar[dict[TP, Any]] = {read: 7, nothing: 0, unread: None}

        async def perform_seek(self) -> None: ...

        def assignment(self) -> set[TP]:
            return {read, unread, nothing, changelog}

        async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
            return dict.fromkeys(partitions, 3)

        async def seek_wait(self, partitions: dict[TP, int]) -> None:
            sought.update(partitions)

    monkeypatch.setattr(aiokafka.Consumer, "perform_seek", Faust.perform_seek)
    await transport.Consumer.perform_seek(Faust())  # type: ignore[arg-type]
    assert sought == {unread: 3, nothing: 3}
