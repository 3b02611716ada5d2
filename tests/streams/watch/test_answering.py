"""How long ago a server last answered, as a metric of each stage that uses it."""

from __future__ import annotations

import pytest

from movietag.errors import TransientError
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.keeping import Keeper
from movietag.streams.watch.answering import ServerWatch
from movietag.streams.watch.metrics import Metrics


class Clock:
    """A server that a test turns off, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.away = True

    def __call__(self) -> float:
        return self.now

    async def query(self) -> None:
        if self.away:
            raise TransientError("It is away.")


def age(metrics: Metrics, server: str) -> float:
    start = f'movietag_answer_age_seconds{{server="{server}"}} '
    (line,) = [text for text in metrics.text().decode().splitlines() if text.startswith(start)]
    return float(line.removeprefix(start))


async def test_the_age_grows_until_the_server_answers() -> None:
    metrics, clock = Metrics(), Clock()
    watch = ServerWatch("triton", clock.query, metrics, clock)
    clock.now += 20
    await watch.look()
    assert age(metrics, "triton") == 20  # it has not answered since the start
    clock.away = False
    await watch.look()
    assert age(metrics, "triton") == 0
    clock.now += 7
    assert age(metrics, "triton") == 7


async def test_a_frame_store_answers(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("frames")
    settings = Settings(frame_store=str(folder))
    await Keeper(settings, Persistence("fetch")).require_answer()
    bad = Keeper(Settings(frame_store="memory2://x"), Persistence("fetch"))
    with pytest.raises(Exception, match="MOVIETAG_FRAME_STORE"):
        await bad.require_answer()
