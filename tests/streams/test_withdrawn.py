"""Videos that wait for their turn and that nobody wants any more."""

from __future__ import annotations

import asyncio

import pytest
from support.records import SAMPLING, TAGGER

from movietag.records import EVERY_VIDEO, MovieId, Video, VideoId, VideoJob
from movietag.streams.withdrawn import WithdrawnVideos

MOST = 8


def job(video: str, generation: int, *, movie: str = "heat", below: int = 0) -> VideoJob:
    """A video to be fetched; with ``below``, the job that deletes its frames of the generations before that."""
    return VideoJob(
        movie_id=MovieId(movie),
        generation=generation,
        revision=0,
        work="drop" if below else "fetch",
        video=Video(VideoId(video), "search", f"https://x.org/{video}"),
        sampling=SAMPLING,
        tagger=TAGGER,
        frames=below,
    )


@pytest.mark.parametrize("video", ["a", EVERY_VIDEO])
async def test_what_is_withdrawn_gets_no_turn_and_what_is_newer_keeps_its_place(video: str) -> None:
    known = WithdrawnVideos(MOST)
    site: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def turn() -> None:
        await asyncio.shield(site)

    older, newer, other = (
        asyncio.create_task(known.wait(one, turn()))
        for one in (job("a", 2), job("a", 3), job("a", 2, movie="ronin"))
    )
    await asyncio.sleep(0)
    known.add(job(video, 3, below=3))
    assert not await older
    assert not newer.done()
    assert not other.done()
    site.set_result(None)
    assert await newer
    assert await other
    assert not await known.wait(job("a", 2), turn())
    assert await known.wait(job("a", 3), turn())


async def test_a_stage_that_lets_go_of_a_video_is_heard() -> None:
    known = WithdrawnVideos(MOST)
    waiting = asyncio.create_task(known.wait(job("a", 2), asyncio.Event().wait()))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    known.add(job("a", 3, below=3))  # nothing is left of it


def test_as_many_are_remembered_as_may_be_in_work() -> None:
    known = WithdrawnVideos(MOST)
    for number in range(MOST + 1):
        known.add(job(f"v{number}", 3, below=3))
    assert not known.include(job("v0", 2))
    assert all(known.include(job(f"v{number}", 2)) for number in range(1, MOST + 1))
