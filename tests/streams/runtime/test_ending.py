"""An idle stage that is told to stop ends without waiting for anything."""

from __future__ import annotations

import asyncio
import atexit

import pytest

from movietag.settings import Settings
from movietag.streams.runtime import app as app_module
from movietag.streams.runtime.app import BoundedWorker, make_stage_app


@pytest.fixture
def worker() -> BoundedWorker:
    loop = asyncio.new_event_loop()
    app = make_stage_app("movietag-test", Settings(), 16)
    return BoundedWorker(app, loop=loop, loglevel="error", redirect_stdouts=False)


def test_what_watches_for_ever_is_cancelled_at_once(worker: BoundedWorker) -> None:
    watching = worker.loop.create_task(asyncio.Event().wait())
    began = worker.loop.time()
    worker._gather_all()
    assert watching.cancelled()
    assert worker.loop.time() - began < app_module.LAST_SECONDS
    worker._gather_all()  # with nothing left
    worker.loop.close()


@pytest.mark.parametrize(("code", "status"), [(0, 0), (None, 0), (3, 3), ("a text", 1)])
def test_the_process_ends_with_its_status_after_what_was_to_be_done_at_exit(
    worker: BoundedWorker, monkeypatch: pytest.MonkeyPatch, code: object, status: int
) -> None:
    done: list[object] = []

    def stopped() -> None:
        raise SystemExit(code)

    class Left(Exception):  # noqa: N818
        pass

    def leave(status: int) -> None:
        done.append(status)
        raise Left

    monkeypatch.setattr(worker, "execute_from_commandline", stopped)
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: done.append("exit"))
    monkeypatch.setattr(app_module, "leave", leave)
    with pytest.raises(Left):
        worker.run()
    assert done == ["exit", status]
    worker.loop.close()
