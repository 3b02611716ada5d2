from __future__ import annotations

import asyncio
import os
from pathlib import Path

import cv2
import msgspec
import numpy as np
import psutil
import pytest
from misbehaving import Misbehaving, serving

from movietag.crawl import downloading, fetch
from movietag.crawl.errors import SiteError, ThrottledError
from movietag.crawl.fetch import fetch_video
from movietag.crawl.fetch_job import FRAME, HEADER, RESULT, FetchResult
from movietag.crawl.ids import file_video_id, images_video_id
from movietag.errors import PermanentError
from movietag.records import MovieId, Sampling, SlotTime, TaggerId, Video, VideoId, VideoJob, encode
from movietag.sandbox.child import Limits
from movietag.sandbox.parent import run_child
from movietag.settings import Settings

pytestmark = pytest.mark.heavy

SAMPLING = Sampling(
    slots=5,
    trim_start=0,
    trim_end=0,
    mode="keyframes",
    width=160,
    height=90,
    jpeg_quality=85,
    drop_dark=True,
    drop_flat=True,
    duplicate_bits=6,
)

Frames = list[tuple[int, float, bytes]]


def job(video: Video, **sampling: object) -> VideoJob:
    return VideoJob(
        movie_id=MovieId("m"),
        generation=1,
        revision=1,
        video=video,
        sampling=msgspec.structs.replace(SAMPLING, **sampling),
        tagger=TaggerId("t"),
    )


async def fetched(video: Video, settings: Settings) -> tuple[FetchResult, Frames]:
    frames: Frames = []

    async def keep(slot: int, time: float, jpeg: bytes) -> None:
        frames.append((slot, time, jpeg))

    return await fetch_video(job(video), settings, keep), frames


async def refused(video: Video, settings: Settings) -> PermanentError | SiteError:
    try:
        await fetched(video, settings)
    except (PermanentError, SiteError) as error:
        return error
    pytest.fail("it was fetched")


def search_video(url: str) -> Video:
    return Video(VideoId("standin:good"), "search", url, seconds=10)


def url_video(url: str) -> Video:
    return Video(VideoId("url:0"), "url", url)


async def test_a_search_result_becomes_frames(crawl_settings: Settings, site: Misbehaving) -> None:
    result, frames = await fetched(search_video(site.url("watch/good")), crawl_settings)
    assert [slot for slot, _, _ in frames] == [0, 1, 2, 3, 4]
    assert result.slots == tuple(SlotTime(slot, time) for slot, time, _ in frames)
    assert result.dropped == ()
    assert result.seconds == pytest.approx(10, abs=0.2)
    for _, _, jpeg in frames:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (90, 160, 3)
    assert [path for path in site.asked if path.endswith(".mp4")] == ["good.mp4"]


async def test_a_url_a_file_and_a_folder_become_frames(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    _, from_url = await fetched(url_video(site.url("good.mp4")), crawl_settings)

    file = tmp_path / "root" / "movie.mp4"
    file.write_bytes((site.folder / "good.mp4").read_bytes())
    video = Video(file_video_id(file), "file", str(file))
    _, from_file = await fetched(video, crawl_settings)
    assert from_file == from_url
    assert file.exists()  # only downloads are deleted

    folder = tmp_path / "root" / "shoes"
    folder.mkdir()
    for name, (_, _, jpeg) in zip("ab", from_url[:2], strict=True):
        (folder / f"{name}.jpg").write_bytes(jpeg)
    video = Video(images_video_id(folder), "images", str(folder))
    result, pictures = await fetched(video, crawl_settings)
    assert [(slot, time) for slot, time, _ in pictures] == [(0, 0.0), (1, 1.0)]
    assert len(result.slots) == 2


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("watch/html.mp4", "not-a-video", "web page"),
        ("watch/endless.mp4", "too-large", "MOVIETAG_FETCH_BYTES"),
        ("watch/private", "private", "Private video"),
        ("watch/bot", "throttled", "not a bot"),
        ("watch/broken", "site-broken", "update yt-dlp"),
    ],
)
async def test_a_childs_refusal_arrives_with_its_kind(
    path: str, kind: str, said: str, crawl_settings: Settings, site: Misbehaving
) -> None:
    error = await refused(search_video(site.url(path)), crawl_settings)
    assert error.kind == kind
    assert said in error.reason
    assert isinstance(error, ThrottledError) == (kind == "throttled")


async def test_a_redirect_to_another_port_of_this_machine_is_refused(
    crawl_settings: Settings, site: Misbehaving
) -> None:
    with serving(site.folder) as other:
        error = await refused(url_video(site.url(f"away.mp4?{other.server_port}")), crawl_settings)
        assert error.kind == "forbidden-address"
        assert f"127.0.0.1:{other.server_port}" in error.reason
        assert not other.asked


async def test_redirects_without_an_end_are_ended(
    crawl_settings: Settings, site: Misbehaving
) -> None:
    error = await refused(url_video(site.url("loop.mp4")), crawl_settings)
    assert "redirect" in error.reason.lower()
    assert site.asked["loop.mp4"] < 100


@pytest.mark.parametrize("source", ["search", "url"])
async def test_a_private_address_is_refused(
    source: str, crawl_settings: Settings, site: Misbehaving
) -> None:
    settings = crawl_settings.model_copy(update={"private_hosts": ()})
    video = msgspec.structs.replace(search_video(site.url("watch/good")), source=source)
    error = await refused(video, settings)
    assert error.kind == {"search": "forbidden-address", "url": "forbidden-url"}[source]
    assert "MOVIETAG_PRIVATE_HOSTS" in error.reason
    assert not site.asked


async def test_a_job_is_checked_again(crawl_settings: Settings, tmp_path: Path) -> None:
    """Whoever can write to the topic can still not read /etc/passwd."""
    for video, kind in (
        (Video(VideoId("file:0"), "file", "/etc/passwd"), "forbidden-path"),
        (Video(VideoId("images:0"), "images", "/etc"), "forbidden-path"),
        (url_video("file:///etc/passwd"), "forbidden-url"),
        (search_video("file:///etc/passwd"), "forbidden-url"),
        (Video(VideoId("x:0"), "ftp", "ftp://example.com"), "bad-record"),
    ):
        assert (await refused(video, crawl_settings)).kind == kind


async def test_a_file_that_changed_since_is_refused(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    file = tmp_path / "root" / "movie.mp4"
    file.write_bytes((site.folder / "good.mp4").read_bytes())
    video = Video(file_video_id(file), "file", str(file))
    os.utime(file, ns=(0, 0))
    assert (await refused(video, crawl_settings)).kind == "changed"


async def test_a_file_without_pictures_is_refused(crawl_settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "root" / "movie.mp4"
    for content, said in ((b"", "empty"), (b"<html>", "web page"), (b"#EXTM3U\n/etc/x", "list")):
        file.write_bytes(content)
        error = await refused(Video(file_video_id(file), "file", str(file)), crawl_settings)
        assert error.kind == "not-a-video"
        assert said in error.reason


async def test_a_video_of_which_nothing_is_kept_is_refused(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    folder = tmp_path / "root" / "dark"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((90, 160, 3), np.uint8))
    error = await refused(Video(images_video_id(folder), "images", str(folder)), crawl_settings)
    assert error.kind == "no-frames"
    assert "1 dark" in error.reason


@pytest.mark.parametrize("path", ["watch/trickle.mp4", "watch/stall.mp4"])
async def test_the_deadline_holds_and_leaves_nothing(
    path: str, crawl_settings: Settings, site: Misbehaving
) -> None:
    settings = crawl_settings.model_copy(update={"fetch_seconds": 2.0})
    before = set(psutil.Process().children(recursive=True))
    error = await refused(search_video(site.url(path)), settings)
    assert error.kind == "too-slow"
    assert "MOVIETAG_FETCH_SECONDS" in error.reason
    assert set(psutil.Process().children(recursive=True)) <= before


async def test_too_little_memory_is_told(
    crawl_settings: Settings, site: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child is a real one at its real limit, but one that wants a known amount of memory."""

    async def hoard(_: str, __: bytes, limits: Limits, *rest: object, **more: object) -> None:
        wanted = str(limits.memory_bytes + (1 << 20)).encode()
        await run_child("support.sandbox_children:hoard_outside", wanted, limits, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setattr(downloading, "run_child", hoard)
    error = await refused(search_video(site.url("watch/good")), crawl_settings)
    assert error.kind == "too-large"
    assert "MOVIETAG_FETCH_MEMORY" in error.reason


async def test_cancelling_ends_the_child(crawl_settings: Settings, site: Misbehaving) -> None:
    began = asyncio.Event()

    async def wait_for_ever(_slot: int, _time: float, _jpeg: bytes) -> None:
        began.set()
        await asyncio.Event().wait()

    video = search_video(site.url("watch/good"))
    # Frames that fill the pipe, or the child would have written all, and ended, before one looks.
    large = job(video, width=1920, height=1080, jpeg_quality=100)
    task = asyncio.create_task(fetch_video(large, crawl_settings, wait_for_ever))
    await asyncio.wait_for(began.wait(), 30)
    (child,) = (
        process
        for process in psutil.Process().children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE  # yt-dlp in this process leaves some
        and process.name() == "decode_job"
    )
    folder = Path(child.cwd())
    assert list(folder.glob("*.mp4"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not child.is_running()
    assert not folder.exists()


def frame(slot: int) -> bytes:
    return FRAME + HEADER.pack(slot, 1.0) + b"jpeg"


def result(*slots: int) -> bytes:
    return RESULT + encode(FetchResult(1.0, tuple(SlotTime(slot, 1.0) for slot in slots)))


@pytest.mark.parametrize(
    "messages",
    [
        [frame(0)],
        [frame(0), result()],
        [result(0)],
        [frame(0), frame(0), result(0, 0)],
        [frame(1), frame(0), result(1, 0)],
        [frame(5), result(5)],
        [result(), frame(0)],
        [FRAME + b"short"],
        [b"?"],
        [b""],
    ],
)
async def test_what_a_child_says_is_not_believed(messages: list[bytes]) -> None:
    async def ignore(_slot: int, _time: float, _jpeg: bytes) -> None:
        pass

    receiver = fetch._Receiver(5, ignore)
    with pytest.raises(PermanentError) as caught:  # noqa: PT012  # any of the messages may do it
        for message in messages:
            await receiver.take(message)
        receiver.finished()
    assert caught.value.kind == "crashed"
