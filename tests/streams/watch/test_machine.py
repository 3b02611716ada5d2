"""The metrics of a process's machine: its version, its clock, its disks."""

from __future__ import annotations

import re
import shutil
from itertools import chain, repeat
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from faust.types.tuples import RecordMetadata

from movietag.settings import Settings
from movietag.streams.watch.machine import MOST_SECONDS, MachineWatch
from movietag.streams.watch.metrics import Metrics


def stored(timestamp: int | None, timestamp_type: int = 1) -> RecordMetadata:
    """What the broker says of a message that it has stored."""
    at = TopicPartition("movietag.workers", 0)
    return RecordMetadata(*at, at, 5, timestamp, timestamp_type)


def value(metrics: Metrics, sample: str) -> float | None:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", metrics.text().decode(), re.MULTILINE)
    return float(found[1]) if found else None


async def skew_of(answer: RecordMetadata, *times: float) -> float | None:
    metrics = Metrics()
    clock = chain(times, repeat(times[-1])).__next__

    async def send() -> RecordMetadata:
        return answer

    machine = MachineWatch("plan", "1.0", Settings(), metrics, clock)
    await machine.sent(send())
    return value(metrics, 'movietag_clock_skew_seconds{server="kafka"}')


async def test_a_clock_is_compared_with_the_brokers_in_the_middle_of_a_send() -> None:
    assert await skew_of(stored(1_000_000), 1000.0, 1000.2) == pytest.approx(0.1)
    assert await skew_of(stored(4_600_000), 1000.0, 1000.0) == -3600


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (stored(1_000_000, timestamp_type=0), 1000.0),  # our own time
        (stored(None), 1000.0),
        (stored(1_000_000), 1001.0 + MOST_SECONDS),  # too slow to say anything
        (stored(1_000_000), 999.0),  # the clock was set meanwhile
    ],
)
async def test_no_clock_is_compared_with_what_says_nothing_of_it(
    answer: RecordMetadata, end: float
) -> None:
    assert await skew_of(answer, 1000.0, end) is None


async def test_a_send_that_fails_fails(tmp_path: Path) -> None:
    async def send() -> RecordMetadata:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await MachineWatch("plan", "1.0", Settings(), Metrics()).sent(send())


def test_it_says_which_version_runs_and_what_its_disks_have_left(tmp_path: Path) -> None:
    metrics = Metrics()
    MachineWatch("plan", "1.0", Settings(home=tmp_path), metrics)
    assert value(metrics, 'movietag_build_info{stage="plan",version="1.0"}') == 1
    free = value(metrics, 'movietag_free_disk_bytes{folder="home"}')
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)  # others write, too
    assert value(metrics, 'movietag_free_disk_bytes{folder="work"}')


def test_a_folder_that_is_not_there_has_no_room_that_is_known(tmp_path: Path) -> None:
    metrics = Metrics()
    MachineWatch("plan", "1.0", Settings(home=tmp_path / "none"), metrics)
    assert value(metrics, 'movietag_free_disk_bytes{folder="home"}') is None
