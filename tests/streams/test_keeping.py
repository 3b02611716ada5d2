"""The fetch stage's dealings with a frame store that is slow, away for a time, damaged or emptied."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import msgspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from support.patience import within
from support.records import MOVIE, SAMPLING, TAGGER, manifest, video

from movietag.errors import PermanentError, UsageError
from movietag.frames.files import Files
from movietag.frames.kept import component
from movietag.frames.store import Dropped, FrameStore, StoreAway
from movietag.records import VideoId, VideoJob
from movietag.settings import Settings
from movietag.streams import keeping
from movietag.streams.failures import retrying
from movietag.streams.failures.retrying import Persistence
from movietag.streams.keeping import Keeper

NAME = VideoId("a")
JOB = VideoJob(MOVIE, 1, 0, video("a"), SAMPLING, TAGGER)
AGAIN = msgspec.structs.replace(JOB, generation=2, work="resend", frames=1)
FRAMES = {0: b"first", 2: b"third", 5: b"sixth"}


class Moody(LocalFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A folder whose store raises, or hangs, as often as it is told."""

    cachable = False
    protocol = ("file", "local")

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[Exception] = []
        self.hang = threading.Event()
        self.hang.set()

    def pipe_file(
        self, path: str, value: bytes, mode: str = "overwrite", **options: object
    ) -> None:
        self.hang.wait(10)
        if self.errors:
            raise self.errors.pop()
        super().pipe_file(path, value, mode, **options)


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def keeper(moody: Moody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(retrying, "LONGEST_PAUSE", 0.05)
    made = Keeper(Settings(frame_store=str(tmp_path)), Persistence("fetch"), seconds=0.2)
    made._store = FrameStore(Files(moody, str(tmp_path)))
    return made


async def keep(keeper: Keeper, job: VideoJob = JOB) -> None:
    kept = keeper.of(job)
    for slot, jpeg in FRAMES.items():
        await kept.frame(slot, jpeg)
    found = manifest("a", 6, job.generation)
    slots = tuple(slot for slot in found.slots if slot.slot in FRAMES)
    await kept.whole(msgspec.structs.replace(found, slots=slots))


async def sent_again(keeper: Keeper, job: VideoJob = AGAIN) -> dict[int, bytes]:
    sent: dict[int, bytes] = {}

    async def on_frame(slot: int, time: float, jpeg: bytes) -> None:
        assert time == slot + 0.5
        sent[slot] = jpeg

    result = await keeper.resend(job, on_frame)
    assert [slot.slot for slot in result.slots] == list(sent)
    return sent


async def test_what_was_kept_is_sent_again(keeper: Keeper) -> None:
    await keep(keeper)
    assert await sent_again(keeper) == FRAMES


async def test_a_store_that_fails_for_a_time_is_waited_for(keeper: Keeper, moody: Moody) -> None:
    moody.errors = [ConnectionRefusedError("away")] * 12  # more than any event is tried
    await keep(keeper)
    assert await sent_again(keeper) == FRAMES


async def test_a_store_that_hangs_is_left_and_asked_again(keeper: Keeper, moody: Moody) -> None:
    moody.hang.clear()
    task = asyncio.create_task(keep(keeper))
    await asyncio.sleep(0.5)
    assert "not answered" in keeper._persist.waiting_for[0]
    moody.hang.set()
    await task
    assert await sent_again(keeper) == FRAMES


async def test_a_store_that_refuses_is_no_matter_of_waiting(keeper: Keeper, moody: Moody) -> None:
    moody.errors = [PermissionError("AccessDenied")]
    with pytest.raises(UsageError, match="denies access to write"):
        await keep(keeper)


async def test_at_the_start_a_store_is_written_into(keeper: Keeper, moody: Moody) -> None:
    moody.errors = [PermissionError("AccessDenied"), TimeoutError()]
    with pytest.raises(StoreAway):
        await keeper.check()
    with pytest.raises(UsageError):
        await keeper.check()
    await keeper.check()


async def test_frames_that_are_gone_changed_or_half_are_told(
    keeper: Keeper, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError, match="No frames of a are kept"):
        await sent_again(keeper)
    await keep(keeper)
    folder = tmp_path / component(MOVIE) / component(NAME) / "00001"
    (folder / "00002.jpg").write_bytes(b"thi")
    with pytest.raises(PermanentError, match="Frame 2 of a is another"):
        await sent_again(keeper)
    (folder / "00002.jpg").unlink()
    with pytest.raises(PermanentError, match="Frame 2 of a is gone"):
        await sent_again(keeper)


async def test_a_drop_leaves_what_stands(keeper: Keeper) -> None:
    await keep(keeper)
    await keep(keeper, msgspec.structs.replace(JOB, generation=2))
    await keeper.drop(msgspec.structs.replace(JOB, generation=2, work="drop", frames=2))
    with pytest.raises(PermanentError):
        await sent_again(keeper)
    assert await sent_again(keeper, msgspec.structs.replace(AGAIN, frames=2)) == FRAMES


async def test_what_was_dropped_meanwhile_is_neither_kept_nor_fetched(keeper: Keeper) -> None:
    await keep(keeper)
    await keeper.drop(msgspec.structs.replace(JOB, generation=2, work="drop", frames=2))
    with pytest.raises(Dropped):
        await keeper.require_wanted(JOB)
    with pytest.raises(Dropped):
        await keep(keeper)
    await keeper.require_wanted(msgspec.structs.replace(JOB, generation=2))
    await keeper.require_wanted(AGAIN)  # of former frames: it is told what became of them


async def test_kept_frames_that_are_sent_again_are_not_kept_twice(
    keeper: Keeper, tmp_path: Path
) -> None:
    await keep(keeper)
    before = sorted(tmp_path.rglob("*"))
    await keep(keeper, AGAIN)
    assert sorted(tmp_path.rglob("*")) == before


async def test_what_is_too_old_goes_by_itself(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PRUNE_EVERY", 0.01)
    await keep(keeper)
    await keep(keeper, msgspec.structs.replace(JOB, generation=2))
    folder = tmp_path / component(MOVIE) / component(NAME)
    for file in (folder / "00001").iterdir():
        os.utime(file, (1e9, 1e9))
    task = asyncio.create_task(keeper.prune())
    async with within(10):
        while (folder / "00001").exists():
            await asyncio.sleep(0.01)
    task.cancel()
    assert await sent_again(keeper, msgspec.structs.replace(AGAIN, frames=2)) == FRAMES


async def test_without_a_store_nothing_is_kept_and_resending_is_told(tmp_path: Path) -> None:
    keeper = Keeper(Settings(frame_store=""), Persistence("fetch"))
    await keeper.check()
    await keep(keeper)
    await keeper.drop(AGAIN)
    await keeper.prune()
    with pytest.raises(PermanentError, match="Frames are not stored"):
        await sent_again(keeper)


async def test_a_bucket_that_keeps_what_is_deleted_is_warned_of_at_the_start(
    keeper: Keeper, moody: Moody, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await keeper.check()
    assert not caplog.records
    monkeypatch.setattr(Files, "keeps_versions", lambda self: True)
    await keeper.check()
    (warning,) = caplog.records
    assert "keeps versions" in warning.getMessage()
    assert warning.levelname == "WARNING"
