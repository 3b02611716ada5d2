"""Fixtures for every test: the embedded servers, started once for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

from movietag.local.install import missing_parts
from movietag.local.interpreter import lacking
from movietag.local.owner import OWNER
from movietag.local.preflight import port_free
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
OFFSETS = (1, 2, 92, 93, 200, 300, 305, *PORTS.values())
FIRST = (
    "test_chaos.py",
    "test_pipeline.py",
    "test_frame_store.py",
    "test_retag.py",
)


# Said, so that a stage of one test does not count with what another test has let stand in their Kafka.
os.environ.setdefault("MOVIETAG_VOCABULARY", "mpst")

# So that an interrupted or killed run leaves no servers behind.
os.environ[OWNER] = str(os.getpid())

# How long an example takes says how busy the machine is, no more.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def port_bases() -> Iterator[int]:
    """Port bases whose ports are all free; each is given once, to one of the processes of xdist.

    Skips what starts servers where there are none: without the extra `local`, as under Python 3.13.
    """
    if lack := lacking() or ", ".join(missing_parts()):
        pytest.skip(f"no embedded stack here: {lack}")
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ours = PORT_BASES[number :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    return (base for base in ours if all(port_free(base + offset) for offset in OFFSETS))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Stack]:
    """Kafka, Elasticsearch and Triton for tests, without stages; `stack.settings` has the addresses."""
    home = tmp_path_factory.mktemp("stack")
    servers = Stack(Settings(home=home, port_base=next(port_bases)))
    trained = (servers.settings.model_path / "config.json").exists()
    servers.start(only=SERVERS if trained else SERVERS[:2])
    yield servers
    servers.down()
    servers.reset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses the servers, and put the longest files first, in this order.

    The other processes do the rest meanwhile; a long file that begins late would be waited for.
    """
    for item in items:
        if isinstance(item, pytest.Function) and "stack" in item.fixturenames:
            item.add_marker(pytest.mark.integration)
    ranks = {name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(FIRST)))
