"""Thumbnails of frames in S3: at most two requests for one, then none for some minutes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from frames.drawn_videos import textured
from support.records import MOVIE, SAMPLING, TAGGER, video
from support.s3_server import S3Server, s3_server

from movietag.frames.jpeg import encode_jpeg
from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import Manifest, SlotTime, VideoJob
from movietag.search.naming import NothingFound
from movietag.settings import Settings
from movietag.web.recent_pictures import BYTES, SECONDS, Picture, RecentPictures
from movietag.web.thumbnails import Thumbnails

VIDEO = video("a").video_id


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.mark.heavy
async def test_a_thumbnail_costs_two_requests_then_none_and_goes_with_its_movie(
    s3: S3Server,
) -> None:
    now = 0.0
    store = FrameStore.needed(Settings(frame_store=f"s3://{s3.bucket()}/frames"))
    frames = [encode_jpeg(textured(slot, 64, 36), 85) for slot in range(2)]
    manifest = Manifest(MOVIE, 1, VIDEO, 60.0, (SlotTime(0, 0.0), SlotTime(1, 1.0)))
    job = VideoJob(MOVIE, 1, 0, video("a"), SAMPLING, TAGGER)
    for slot, jpeg in enumerate(frames):
        store.write_frame(job, slot, jpeg)
    thumbnails = Thumbnails(store, lambda: now)
    with pytest.raises(NothingFound):  # the video has no record yet
        await thumbnails.picture(MOVIE, VIDEO, 0)
    store.write_record(Kept(job, manifest, tuple(map(frame_digest, frames))))
    s3.forget()
    first = await thumbnails.picture(MOVIE, VIDEO, 0)
    assert first.digest == frame_digest(frames[0])
    assert s3.counts == {"LIST": 1, "GET": 1}
    assert await thumbnails.picture(MOVIE, VIDEO, 0) == first
    assert s3.counts == {"LIST": 1, "GET": 1}
    assert (await thumbnails.picture(MOVIE, VIDEO, 1)).digest == frame_digest(frames[1])
    store.drop(MOVIE, VIDEO, 2, job.made_ms)
    now = SECONDS
    with pytest.raises(NothingFound):
        await thumbnails.picture(MOVIE, VIDEO, 0)


def test_of_too_many_pictures_the_one_unused_longest_goes() -> None:
    recent = RecentPictures(lambda: 0.0, most=30)
    for slot in range(3):
        recent.put(("m", "v", slot), Picture(b"x" * 10, "d"))
    assert recent.get(("m", "v", 0))
    recent.put(("m", "v", 3), Picture(b"x" * 10, "d"))
    assert [recent.get(("m", "v", slot)) is not None for slot in range(4)] == [1, 0, 1, 1]
    recent.put(("m", "v", 0), Picture(b"x" * 31, "d"))
    assert [recent.get(("m", "v", slot)) for slot in range(4)] == [None] * 4
    assert BYTES >= 1000 * 20_000
