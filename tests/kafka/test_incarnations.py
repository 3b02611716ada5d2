import pytest

from movietag.errors import UsageError
from movietag.kafka.incarnations import (
    MOST,
    STEP,
    Incarnation,
    TopicIds,
    placed_offset,
    with_ids,
)
from movietag.kafka.topic_ids import NO_ID


def test_a_topic_that_is_not_known_yet_is_the_first() -> None:
    found, changed = with_ids({}, {"titles": "a"})
    assert found == {"titles": Incarnation("a", 0)}
    assert changed == {"titles": TopicIds(("a",))}
    assert with_ids(changed, {"titles": "a"}) == (found, {})  # it is noted once


def test_a_topic_with_another_id_was_made_again_and_its_offsets_are_higher() -> None:
    rows = {"titles": TopicIds(("a",))}
    found, changed = with_ids(rows, {"titles": "b"})
    assert found == {"titles": Incarnation("b", 1)}
    assert changed == {"titles": TopicIds(("a", "b"))}
    assert placed_offset(found["titles"], 3, 0) == STEP
    assert placed_offset(Incarnation("a", 0), 3, 7) == 7


def test_a_broker_without_ids_changes_nothing() -> None:
    rows = {"titles": TopicIds(("a", "b"))}
    assert with_ids(rows, {"titles": NO_ID}) == ({"titles": Incarnation(NO_ID, 1)}, {})
    assert with_ids({}, {"titles": NO_ID}) == ({"titles": Incarnation(NO_ID, 0)}, {})


def test_offsets_fit_the_version_of_a_document_however_often_a_topic_is_made_again() -> None:
    ids = tuple(str(number) for number in range(MOST + 1))
    found, _ = with_ids({"titles": TopicIds(ids)}, {"titles": str(MOST)})
    assert placed_offset(found["titles"], 0, STEP - 1) + 1 <= 1 << 32
    with pytest.raises(
        UsageError, match="titles was deleted and made again, or got more partitions, 16 times"
    ):
        with_ids({"titles": TopicIds(ids)}, {"titles": "another"})
