import pytest
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from movietag.kafka.incarnations import Incarnation
from movietag.streams.runtime.committed import foreign, with_topic_ids
from movietag.streams.runtime.topics import INCARNATIONS

TITLES = TopicPartition("movietag.titles", 0)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INCARNATIONS, TITLES.topic, Incarnation("b", 1))


def test_an_offset_is_committed_with_the_id_of_its_topic() -> None:
    committed = with_topic_ids({TITLES: OffsetAndMetadata(5, "")})
    assert committed == {TITLES: OffsetAndMetadata(5, "b")}
    other = TopicPartition("movietag.videos", 0)  # of a broker without ids
    assert with_topic_ids({other: OffsetAndMetadata(5, "")}) == {other: OffsetAndMetadata(5, "")}


@pytest.mark.parametrize(
    ("offset", "metadata", "end", "other"),
    [
        (5, "b", 9, False),
        (5, "a", 9, True),  # of the topic that was deleted
        (5, "", 9, False),  # of an earlier version of movietag
        (5, "", 3, True),  # which the topic that was made again does not reach
        (3, "b", 3, False),
        (-1, "", 3, False),  # none was committed
    ],
)
def test_an_offset_of_another_topic_is_none(
    offset: int, metadata: str, end: int, other: bool
) -> None:
    assert foreign(TITLES.topic, OffsetAndMetadata(offset, metadata), end) is other
