"""Fixtures for every test: the embedded servers, started once for the whole session."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from support.marking import Purity, left_out, mark
from support.patience import measure, patience
from support.scheduling import LONGEST, SEARCHING, ByServers
from support.servers import Servers

from movietag.local.install import missing_parts
from movietag.local.owner import OWNER
from movietag.local.preflight import lacking, port_free
from movietag.local.programs import SERVERS
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.stages import PORTS

# Below the ports that the kernel gives to clients (32768 and up), beside the usual servers' own (19000),
# and apart from those that the chaos harness takes (26000 and up): both look, and only then listen.
PORT_BASES = (
    *range(20000, 26000, 400),
    *range(10000, 18800, 400),
    *range(2000, 9600, 400),
)
TEST_SECONDS = 240  # of one test, its fixtures included, on a quiet machine
OFFSETS = (1, 2, 92, 93, 200, 300, 305, *PORTS.values())
FIRST = (*LONGEST, *SEARCHING, "tests/integration/test_pipeline", "tests/integration/")


# Said, so that a stage of one test does not count with what another test has let stand in their Kafka.
os.environ.setdefault("MOVIETAG_VOCABULARY", "mpst")

PURITY = Purity()

# So that an interrupted or killed run leaves no servers behind.
os.environ[OWNER] = str(os.getpid())

# How long an example takes says how busy the machine is, no more.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=25)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def port_bases() -> Iterator[int]:
    """Port bases whose ports are all free, each of one process of xdist; after the last one those free again.

    Skips what starts servers where there are none: without the extra `local`, as under Python 3.13.
    """
    if lack := lacking() or ", ".join(missing_parts()):
        pytest.skip(f"no embedded stack here: {lack}")
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ours = PORT_BASES[number :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    return free_bases(ours)


def free_bases(bases: Sequence[int]) -> Iterator[int]:
    """The bases whose ports are free when it is their turn, round after round while there is one."""
    found = True
    while found:
        found = False
        for base in bases:
            if all(port_free(base + offset) for offset in OFFSETS):
                found = True
                yield base


@pytest.fixture(scope="session")
def servers(
    tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> Iterator[Servers]:
    """The servers of this process of xdist: each is started when a test asks for it first."""
    home = tmp_path_factory.mktemp("stack")
    made = Servers(Stack(Settings(home=home, port_base=next(port_bases))))
    yield made
    made.stack.down()
    made.stack.reset()


@pytest.fixture(scope="session")
def kafka(servers: Servers) -> Stack:
    """A stack of which Kafka runs; `kafka.settings` has its address."""
    return servers.running("kafka")


@pytest.fixture
def own_kafka(tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Settings]:
    """The settings of a Kafka of this test alone."""
    stack = Stack(Settings(home=tmp_path, port_base=next(port_bases)))
    stack.start(only=("kafka",))
    yield stack.settings
    stack.down()
    stack.reset()


@pytest.fixture(scope="session")
def embedded_search(servers: Servers) -> Stack:
    """A stack of which Elasticsearch runs."""
    return servers.running("elasticsearch")


@pytest.fixture(scope="session")
def stack(servers: Servers) -> Stack:
    """Kafka, Elasticsearch and Triton for tests, without stages; `stack.settings` has the addresses."""
    trained = (servers.stack.settings.model_path / "config.json").exists()
    return servers.running(*(SERVERS if trained else SERVERS[:2]))


@pytest.hookimpl
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files of which no test is chosen: importing them takes seconds."""
    return left_out(collection_path, config.option.markexpr) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by what it uses, and put those first that take longest, in this order.

    The other processes do the rest meanwhile; a long file that begins late would be waited for.
    """
    for item in items:
        mark(item)
    items.sort(key=lambda item: [not item.nodeid.startswith(place) for place in FIRST])


def pytest_sessionstart(session: pytest.Session) -> None:
    """Measure the machine, unless nothing is run that waits for others: then there is haste."""
    if session.config.option.markexpr == "pure":
        hypothesis.settings.load_profile("quick")
    elif not session.config.option.collectonly:
        measure()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Give a test the time limit that this machine needs now."""
    marker = item.get_closest_marker("timeout")
    limit = marker.args[0] if marker else TEST_SECONDS
    item.add_marker(pytest.mark.timeout(patience(limit)), append=False)
    return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """With `--dist loadfile` the files that need Elasticsearch alone go to one process."""
    if config.option.dist != "loadfile":
        return None
    return ByServers(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """From here on a pure test is watched, its fixtures included."""
    if item.get_closest_marker("pure"):
        PURITY.begin()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a pure test that did what no pure test does."""
    yield
    if item.get_closest_marker("pure") and (faults := PURITY.end()):
        pytest.fail(
            "This test is marked pure (by tests/support/marking.py), but it "
            + "; ".join(faults)
            + ". Mark it `heavy`.",
            pytrace=False,
        )
