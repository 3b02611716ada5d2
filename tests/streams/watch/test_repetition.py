"""Repeated log lines are bounded, and it is said how many there were."""

import logging

import pytest

from movietag.streams.watch.repetition import RepetitionFilter


class Bench:
    """A handler with the filter, and a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.filter = RepetitionFilter(3, 60, lambda: self.now)
        self.handler = logging.Handler()
        self.handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]
        self.handler.addFilter(self.filter)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    for name in ("movietag", "aiokafka"):
        logger = logging.getLogger(name)
        logger.addHandler(made.handler)
        logger.setLevel(logging.INFO)
    return made


@pytest.fixture(autouse=True)
def _as_before() -> object:
    before = {
        name: (list(logging.getLogger(name).handlers), logging.getLogger(name).level)
        for name in ("movietag", "aiokafka")
    }
    yield
    for name, (handlers, level) in before.items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).setLevel(level)


def test_a_server_that_is_down_writes_some_lines_a_minute_and_then_how_many_there_were(
    bench: Bench,
) -> None:
    kafka = logging.getLogger("aiokafka.client")
    for second in range(120):
        bench.now = second / 2
        for node in range(40):
            kafka.error("Unable connect to node with id %s: %s", node, f"port {second}")
    assert bench.lines == [f"Unable connect to node with id {node}: port 0" for node in range(3)]
    bench.now = 61
    bench.filter.report()
    assert bench.lines[3:] == [
        "4797 more lines of aiokafka.client in 61 s: Unable connect to node with id %s: %s"
    ]
    kafka.error("Unable connect to node with id %s: %s", 1, "later")
    assert bench.lines[-1].endswith("1: later")


def test_lines_without_a_template_are_alike_but_for_their_numbers(bench: Bench) -> None:
    for number in range(5):
        logging.getLogger("aiokafka").error(f"No active partitions for {number} at {number:#x}")
    assert len(bench.lines) == 3


def test_our_own_lines_are_only_held_back_if_they_say_the_same(bench: Bench) -> None:
    ours = logging.getLogger("movietag")
    for number in range(100):
        ours.warning("dead letter movietag.titles/0/%d", number)
    assert len(bench.lines) == 100
    for _ in range(100):
        ours.warning("a snapshot is left out")
    assert len(bench.lines) == 103


def test_what_is_over_is_forgotten(bench: Bench) -> None:
    ours = logging.getLogger("movietag")
    for number in range(100):
        bench.now = number
        ours.warning("movie %d", number)
    assert len(bench.filter._windows) == 60


def test_several_kinds_that_are_over_are_reported_once_each(bench: Bench) -> None:
    """What is logged of the first comes by the filter again."""
    kinds = [logging.getLogger(f"aiokafka.{name}") for name in "abc"]
    for kafka in kinds:
        for _ in range(5):
            kafka.error("No.")
    bench.now = 61
    logging.getLogger("movietag").info("something else")
    assert sorted(bench.lines[9:]) == [
        *(f"2 more lines of aiokafka.{name} in 61 s: No." for name in "abc"),
        "something else",
    ]
