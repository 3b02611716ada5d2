"""What the fetch stage does with videos, in process: frames before their manifest, failures, what comes again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from support.fetch_bench import BUSY, WHOLE, Fetching, job
from support.records import MOVIE, manifest, video
from support.stage_bench import settled
from support.stage_fakes import event

from movietag import topics
from movietag.crawl.breaker import Pauses
from movietag.crawl.errors import ThrottledError
from movietag.crawl.turns import Turns
from movietag.errors import PermanentError
from movietag.records import EVERY_VIDEO, Manifest, MovieId, SlotTime, Video, VideoId
from movietag.streams.failures.tries import MOST


async def test_the_manifest_goes_when_all_frames_are_sent_and_it_is_noted() -> None:
    bench = Fetching()
    assert await bench.fetch(job()) == [*WHOLE, "acked 0"]
    assert bench.captions.records == [
        Manifest(MOVIE, 1, video("a").video_id, 9.0, (SlotTime(0, 0.5), SlotTime(1, 1.5)))
    ]
    assert [key for key, _, _ in bench.frames.sent] == [b"a/0", b"a/1"]


def test_failures_have_their_series_before_the_first_one() -> None:
    told = Fetching().settling.metrics.text().decode()
    for reason in ("not-a-video", "private", "site-busy"):
        assert f'movietag_videos_total{{outcome="failed",reason="{reason}"}} 0.0\n' in told


async def test_the_same_video_again_sends_the_same_again() -> None:
    bench = Fetching()
    await bench.fetch(job())
    assert await bench.fetch(job()) == [*WHOLE, "acked 0"]
    assert bench.captions.records[0] == bench.captions.records[1]


@pytest.mark.parametrize("passing", [BUSY, OSError(28, "No space left on device")])
async def test_what_time_heals_is_tried_again(passing: Exception) -> None:
    bench = Fetching(passing, passing, 2)
    assert await bench.fetch(job()) == [*WHOLE, "acked 0"]
    assert bench.pauses == [0.5, 1.0]


async def test_a_video_that_keeps_failing_is_given_up_over_all_processes() -> None:
    bench = Fetching(BUSY)
    bench.counts.counts["movietag.videos/0/0"] = MOST - 2  # of the process before
    assert await bench.fetch(job()) == ["requests <- failed a: site-busy", "acked 0"]
    assert bench.asked == 2


async def test_a_machine_that_fails_is_not_the_videos_fault() -> None:
    bench = Fetching(*[OSError("no")] * (MOST + 1), 2)
    assert await bench.fetch(job()) == [*WHOLE, "acked 0"]


async def test_a_video_that_cannot_be_had_is_told_to_the_plan_and_is_no_letter() -> None:
    bench = Fetching(PermanentError("gone", "It is gone."))
    assert await bench.fetch(job()) == ["requests <- failed a: gone", "acked 0"]


async def test_one_that_was_had_before_stays_had() -> None:
    bench = Fetching(PermanentError("gone", "It is gone."))
    bench.noted.manifests["a"] = manifest("a", 2)
    assert await bench.fetch(job()) == ["captions <- manifest a", "acked 0"]


async def test_a_failure_that_could_not_be_told_is_told_again_without_the_site() -> None:
    bench = Fetching(PermanentError("gone", "It is gone."))
    bench.requests.errors += [KafkaConnectionError(), KafkaConnectionError()]
    assert await bench.fetch(job()) == ["requests <- failed a: gone", "acked 0"]
    assert bench.asked == 1


@pytest.mark.parametrize("lost", ["noted", "captions"])
async def test_a_manifest_that_could_not_be_sent_is_sent_again_without_the_site(lost: str) -> None:
    bench = Fetching()
    getattr(bench, lost).errors += [KafkaConnectionError(), KafkaConnectionError()]
    assert await bench.fetch(job()) == [*WHOLE, "acked 0"]
    assert bench.asked == 1


async def test_an_error_of_ours_settles_the_video_before_its_letter_is_sent() -> None:
    bench = Fetching(KeyError("x"))
    assert await bench.fetch(job()) == [
        "requests <- failed a: internal",
        "letter internal",
        "acked 0",
    ]
    assert bench.letters[0].movie_id == MOVIE


async def test_rubbish_is_a_letter_of_which_nothing_else_follows() -> None:
    bench = Fetching()
    rubbish = event(topics.VIDEOS.name, b"no job")
    assert await bench.fetch(rubbish) == ["letter bad-record", "acked 0"]


@pytest.mark.parametrize("changed", [{"work": "dream"}, {"work": "fetch"}])
async def test_work_of_a_newer_version_fails_the_video(changed: dict[str, str]) -> None:
    bench = Fetching()
    known = changed["work"] == "fetch"
    effects = await bench.fetch(job(**changed))
    assert effects == [*(WHOLE if known else ["requests <- failed a: newer"]), "acked 0"]


async def test_frames_wait_for_the_broker_and_the_manifest_for_all_of_them() -> None:
    bench = Fetching(40)
    bench.frames.broker.clear()
    work = asyncio.create_task(bench.fetch(job()))
    await settled()
    assert len(bench.effects) == 17  # those that may be unsure, and the one that waits
    bench.frames.broker.set()
    await work
    assert bench.effects[40:] == ["noted", "captions <- manifest a", "acked 0"]


async def test_nothing_is_acked_before_the_broker_has_the_manifest() -> None:
    bench = Fetching()
    bench.captions.broker.clear()
    work = asyncio.create_task(bench.fetch(job()))
    await settled()
    assert bench.effects == WHOLE
    bench.captions.broker.set()
    await work
    assert bench.effects == [*WHOLE, "acked 0"]


async def test_a_full_backlog_is_waited_for() -> None:
    bench = Fetching()
    backlog = bench.sender.backlog
    backlog.sent(2 << 20)
    work = asyncio.create_task(bench.fetch(job()))
    await settled()
    assert not bench.asked
    backlog._sent = 0
    backlog._judge()
    await work
    assert bench.effects == [*WHOLE, "acked 0"]


async def test_a_site_that_wants_a_pause_is_asked_nothing_for_a_quarter_of_an_hour() -> None:
    bench = Fetching(ThrottledError("throttled", "429"), 2)
    assert (await bench.fetch(job()))[-1] == "acked 0"
    assert bench.clock >= 15 * 60
    assert not bench.limiter.paused()


async def test_dropped_frames_are_not_fetched_again(tmp_path: Path) -> None:
    bench = Fetching(frame_store=str(tmp_path))
    assert (await bench.fetch(job()))[-1] == "acked 0"
    drop = job(offset=1, work="drop", frames=2, made_ms=1)
    assert await bench.fetch(drop) == ["acked 1"]
    assert await bench.fetch(job(offset=2)) == ["acked 2"]
    assert bench.asked == 1


async def test_kept_frames_are_sent_again_without_the_site(tmp_path: Path) -> None:
    bench = Fetching(frame_store=str(tmp_path))
    await bench.fetch(job())
    again = job(offset=1, work="resend", frames=1)
    assert await bench.fetch(again) == [*WHOLE, "acked 1"]
    assert bench.asked == 1


async def test_movies_that_were_begun_first_are_finished_first() -> None:
    bench = Fetching(1)
    bench.fetcher.places = Turns(1)
    await bench.fetcher.places.acquire()  # another video is being fetched
    jobs = [
        job("begun", 0, MovieId("begun"), made_ms=5),
        job("new", 1, MovieId("new"), made_ms=9),
        job("newer", 2, MovieId("newer"), made_ms=9),
        job("replacement", 3, MovieId("begun"), made_ms=5),
    ]
    work = asyncio.create_task(bench.fetch(*jobs))
    await settled()
    bench.fetcher.places.release()
    await work
    manifests = [effect for effect in bench.effects if "manifest" in effect]
    assert [line.split()[-1] for line in manifests] == ["begun", "replacement", "new", "newer"]
    acked = [effect for effect in bench.effects if effect.startswith("acked")]
    assert acked == [f"acked {offset}" for offset in range(4)]


async def test_a_file_of_this_machine_waits_behind_no_site() -> None:
    bench = Fetching(1)
    bench.limiter.pause("youtube.com", Pauses(1e9, 1e9), "It throttles us.")
    local = Video(VideoId("file:x"), "file", "/films/x.mp4")
    work = asyncio.create_task(
        bench.fetch(*(job(str(number), number) for number in range(15)), job("x", 15, video=local))
    )
    await settled()
    assert bench.effects[-1] == "captions <- manifest file:x"
    work.cancel()


async def test_a_waiting_video_of_a_forgotten_movie_ends_without_its_site() -> None:
    bench = Fetching(1)
    bench.limiter.pause("youtube.com", Pauses(1e9, 1e9), "It throttles us.")
    jobs = [job("a", 0), job("b", 1, MovieId("other")), job("c", 2, generation=2)]
    drop = job("none", 3, work="drop", frames=2, video=Video(EVERY_VIDEO, "none", "none:"))
    work = asyncio.create_task(bench.fetch(*jobs, drop))
    await settled()
    assert bench.effects == [
        "acked 0"
    ]  # neither another movie's, nor what was asked for again since
    assert bench.asked == 0
    bench.limiter.succeeded("youtube.com")
    await work
    assert bench.effects[-3:] == ["acked 1", "acked 2", "acked 3"]
    assert bench.asked == 2


async def test_one_that_comes_after_its_withdrawal_is_not_fetched_either() -> None:
    bench = Fetching(1)
    await bench.fetch(job("a", 0, work="drop", frames=2), job("a", 1), job("b", 2))
    assert bench.asked == 1
    assert "captions <- manifest b" in bench.effects
