"""The REST API and the pages as their own process, over an Elasticsearch filled with the sample movies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from browsing import DESKTOP, chromium
from kept_frames import keep_frames
from support.commands import run_movietag
from support.filled_index import elasticsearch, filled, library
from support.library_marks import unmarked_indices
from support.meaning_movies import meant
from support.patience import patience
from support.serve_process import serving
from written import write_more

from movietag.local.stack import Stack
from movietag.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["elasticsearch", "filled", "library", "meant"]

MANY = "100000"  # calls a second
PREFIX = "web."  # of topics


@pytest.fixture(scope="module")
def api(library: Settings) -> Iterator[httpx.Client]:
    with (
        serving(library, MOVIETAG_WEB_RATE=MANY) as address,
        httpx.Client(base_url=address, timeout=patience(30)) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def queue(library: Settings, kafka: Stack) -> Iterator[dict[str, str]]:
    """What gives a server a Kafka: topics of its own, which no stage reads."""
    own = kafka.settings.model_copy(update={"kafka_prefix": PREFIX})
    done = run_movietag(own, "add", "Heat (1995)")  # creates the topics, which takes its time
    assert done.returncode == 0, done.stderr
    more = {
        "MOVIETAG_WEB_RATE": MANY,
        "MOVIETAG_KAFKA": own.kafka_address,
        "MOVIETAG_KAFKA_PREFIX": PREFIX,
    }
    with unmarked_indices(library):
        yield more


@pytest.fixture(scope="module")
def writable(library: Settings, queue: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of a server that can send titles."""
    with (
        serving(library, **queue) as address,
        httpx.Client(base_url=address, timeout=patience(30)) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame store with the first frames of a video."""
    folder = tmp_path_factory.mktemp("frames")
    keep_frames(folder)
    return folder


@pytest.fixture(scope="module")
def address(library: Settings, frames: Path) -> Iterator[str]:
    """That of a server that has frames, a movie of markup, and a dead letter, too; Kafka is away."""
    asyncio.run(write_more(library))
    more = {"MOVIETAG_FRAME_STORE": str(frames), "MOVIETAG_KAFKA": "127.0.0.1:9"}
    with serving(library, MOVIETAG_WEB_RATE=MANY, **more) as there:
        yield there


@pytest.fixture(scope="module")
def pages(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=patience(30)) as client:
        yield client


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport=DESKTOP)
    context.set_default_timeout(patience(15) * 1000)
    yield context.new_page()
    context.close()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text("# of the page\n0123456789abcdef0123\n\nanother-key-of-length # of a script\n")
    return path
