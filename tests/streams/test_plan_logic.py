"""What the plan stage does with titles and requests, in process: order of effects, replays, failures."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import msgspec
import pytest
from aiokafka.errors import KafkaConnectionError
from support.plan_bench import FIRST, FOUND, GONE, Outside, Planning, request, title
from support.records import MOVIE, TAGGER, title_request
from support.stage_bench import settled
from support.stage_fakes import event

from movietag import topics
from movietag.crawl.breaker import Pauses
from movietag.crawl.errors import SiteError
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import Candidates
from movietag.errors import PermanentError, TransientError
from movietag.records import (
    Letter,
    MovieId,
    RequestId,
    Settled,
    TaggerId,
    Title,
    TitleRequest,
    VideoAgain,
    VideoId,
    decode,
    encode,
)
from movietag.streams.failures.tries import MOST


async def test_a_title_becomes_a_request_under_the_movies_key() -> None:
    bench = Planning()
    assert await bench.name(title(b"Heat (1995)", 7)) == ["requests <- titlerequest", "acked 7"]
    ((key, named, _),) = bench.requests.sent
    assert key.decode() == named.title.movie_id
    assert named.request_id == "movietag.titles/0/7"


async def test_a_title_that_is_none_becomes_a_letter() -> None:
    bench = Planning()
    effects = await bench.name(title(b"\xff"), title(b"Heat", 1))
    assert set(effects[:2]) == {"letter bad-encoding", "requests <- titlerequest"}
    assert effects[2:] == ["acked 0", "acked 1"]


async def test_a_message_that_says_that_something_is_gone_is_counted_and_no_letter() -> None:
    bench = Planning()
    deleted = b'{"before": {"title": "Heat", "id": 7}, "after": null, "op": "d"}'
    assert await bench.name(title(deleted), title(None, 1)) == ["acked 0", "acked 1"]
    assert bench.removed == ["delete", "tombstone"]
    assert bench.letters == []


async def test_a_title_of_a_list_waits_for_room_and_refusals_and_forgetting_do_not() -> None:
    bench, room = Planning(), asyncio.Event()

    async def wait(title: Title) -> None:
        await room.wait()

    forget = b'{"title": "Up", "year": 2009, "forget": true}'
    listed = [title(b"Heat (1995)"), title(b"\xff", 1), title(forget, 2)]
    work = asyncio.create_task(bench.name(*listed, room=wait))
    await settled()
    assert sorted(bench.effects) == ["letter bad-encoding", "requests <- titlerequest"]
    room.set()
    await work
    assert [named.title.title for _, named, _ in bench.requests.sent] == ["Up", "Heat"]


async def test_searches_of_a_list_come_after_a_persons_and_its_videos_say_so() -> None:
    bench, over, clock = Planning(), asyncio.Event(), [0.0]

    async def sleep(seconds: float) -> None:
        await over.wait()

    limiter = SiteLimiter(0, clock=lambda: clock[0], sleep=sleep)
    limiter.pause("site", Pauses(60, 60), "It is busy.")  # all come before the first one starts
    planner = bench.process()
    planner = replace(planner, search=replace(planner.search, limiter=limiter))
    wanted = [("movietag.titles.bulk/0/1", "one"), ("movietag.titles.bulk/0/2", "two")]
    wanted.append(("movietag.titles/0/1", "mine"))
    events = [
        event(
            topics.REQUESTS.name,
            encode(TitleRequest(RequestId(place), Title(name, MovieId(name)))),
            offset=offset,
            key=name.encode(),
        )
        for offset, (place, name) in enumerate(wanted)
    ]
    work = asyncio.create_task(bench.plan(*events, planner=planner))
    await settled()
    clock[0] = 100.0
    over.set()
    await work
    jobs = [(job.movie_id, job.bulk) for _, job, _ in bench.videos.sent]
    assert jobs[::2] == [("one", True), ("mine", False), ("two", True)]


async def test_names_of_fields_and_deleted_rows_are_read_as_the_settings_say() -> None:
    bench = Planning(title_fields={"primaryTitle": "title"}, title_deletes="forget")
    row = b'{"primaryTitle": "Heat", "id": 7}'
    deleted = b'{"before": ' + row + b', "after": null, "op": "d"}'
    await bench.name(title(row), title(deleted, 1))
    named = [request.title for _, request, _ in bench.requests.sent]
    assert [(one.title, one.forget) for one in named] == [("Heat", False), ("Heat", True)]
    assert named[0].movie_id == named[1].movie_id
    assert bench.removed == []


async def test_a_replayed_title_is_the_request_that_it_was() -> None:
    bench = Planning()
    await bench.name(title(b"\xff", 3))
    await bench.name(title(b"Heat", 9, bench.letters[0]))
    ((_, named, headers),) = bench.requests.sent
    assert named.request_id == "movietag.titles/0/3"
    assert decode(Letter, headers[topics.LETTER_HEADER]) == bench.letters[0]


async def test_a_plan_is_kept_before_its_videos_are_sent_and_they_before_the_plan() -> None:
    bench = Planning()
    assert await bench.plan(request(title_request())) == [*FIRST, "acked 0"]


async def test_the_same_request_again_sends_the_same_and_searches_no_more() -> None:
    bench = Planning()
    await bench.plan(request(title_request()))
    first = bench.captions.records
    assert await bench.plan(request(title_request()), planner=bench.process("other")) == [
        *FIRST[1:],
        "acked 0",
    ]
    assert bench.captions.records == first * 2
    assert bench.outside.searched == 1


@pytest.mark.parametrize(
    ("outside", "searched"),
    [
        (Outside(taggers=(TransientError("Triton is away."), TransientError("away"), TAGGER)), 1),
        (Outside(SiteError("network", "no route"), SiteError("network", "no route"), FOUND), 3),
    ],
)
async def test_what_time_heals_is_tried_again_and_nothing_is_acked_meanwhile(
    outside: Outside, searched: int
) -> None:
    bench = Planning(outside)
    assert await bench.plan(request(title_request())) == [*FIRST, "acked 0"]
    assert outside.searched == searched
    assert bench.pauses == [0.5, 1.0]


@pytest.mark.parametrize("lost", ["ledger", "videos", "captions"])
async def test_a_send_that_fails_is_done_again_from_what_was_decided(lost: str) -> None:
    bench = Planning()
    getattr(bench, lost).errors.append(KafkaConnectionError())
    effects = await bench.plan(request(title_request()))
    assert effects[-1] == "acked 0"
    assert effects.count("ledger <- plan 1.0") == 1
    assert effects[-4:-1] == FIRST[1:]
    assert bench.outside.searched == (2 if lost == "ledger" else 1)


async def test_a_search_that_keeps_failing_is_given_up_and_the_movie_says_so() -> None:
    bench = Planning(Outside(SiteError("site-busy", "503")))
    effects = await bench.plan(request(title_request()))
    assert effects == ["ledger <- plan 1.0", "captions <- plan 1.0", "acked 0"]
    (plan,) = bench.captions.records
    assert plan.reason == f"The search failed. 503 Given up after {MOST} tries."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PermanentError("missing-path", "No such file."), "missing-path"),
        (KeyError("x"), "internal"),
    ],
)
async def test_a_refusal_is_kept_before_its_letter_is_sent(error: Exception, kind: str) -> None:
    bench = Planning(Outside(error))
    refused = ["ledger <- answered", f"letter {kind}", "acked 0"]
    assert await bench.plan(request(title_request())) == refused
    assert bench.letters[0].movie_id == MOVIE
    assert await bench.plan(request(title_request())) == [f"letter {kind}", "acked 0"]
    assert bench.outside.searched == 1


async def test_rubbish_becomes_a_letter_and_a_newer_versions_request_is_passed_over() -> None:
    bench = Planning()
    newer = json.dumps({"kind": "wish", "movie_id": MOVIE}).encode()
    effects = await bench.plan(
        event(topics.REQUESTS.name, b"no request", key=MOVIE.encode()),
        event(topics.REQUESTS.name, newer, offset=1, key=MOVIE.encode()),
    )
    assert effects == ["letter bad-record", "acked 0", "acked 1"]


async def test_a_failed_video_takes_the_next_candidate() -> None:
    bench = Planning()
    await bench.plan(request(title_request()))
    assert await bench.plan(request(GONE, 1)) == [
        "ledger <- plan 1.1",
        "videos <- fetch c",
        "captions <- plan 1.1",
        "acked 1",
    ]


async def test_what_a_failed_refresh_left_out_is_made_up_for_when_the_outcome_is_told() -> None:
    bench = Planning()
    refresh = title_request(1, title=Title("Heat", MOVIE, 1995, refresh=True))
    await bench.plan(request(title_request()), request(refresh, 1))
    assert await bench.plan(request(GONE, 2)) == [
        "ledger <- plan 1.1",
        "captions <- plan 1.1",
        "acked 2",
    ]
    bench.captions.errors.append(KafkaConnectionError())
    outcome = request(Settled(MOVIE, 2, 0), 3)
    further = ["videos <- fetch c", "captions <- plan 1.2"]
    assert await bench.plan(outcome) == [
        "ledger <- settled 2",
        "ledger <- plan 1.2",
        "videos <- fetch c",
        *further,
        "acked 3",
    ]
    again = bench.process("two")  # the offset was not committed
    assert await bench.plan(outcome, planner=again) == [*further, "acked 3"]
    assert await bench.plan(request(Settled(MOVIE, 2, 0), 4)) == ["acked 4"]


async def test_a_video_that_is_replayed_takes_its_letter_along() -> None:
    bench = Planning(Outside(Candidates(FOUND.videos[:2])))
    await bench.plan(request(title_request()), request(GONE, 1))
    await bench.name(title(b"\xff"))
    again = VideoAgain(MOVIE, 1, VideoId("a"))
    effects = await bench.plan(request(again, 2, bench.letters[0]))
    assert "videos <- fetch a" in effects
    assert decode(Letter, bench.videos.sent[-1][2][topics.LETTER_HEADER]) == bench.letters[0]


async def test_another_tagger_takes_no_further_videos() -> None:
    bench = Planning(Outside(Candidates(FOUND.videos[:1]), taggers=(TAGGER, TaggerId("b@2"))))
    await bench.plan(request(title_request()))
    again = title_request(1)
    await bench.plan(request(again, 1))
    assert bench.outside.searched == 1
    assert "b@2 is served" in bench.captions.records[-1].reason


@pytest.mark.parametrize("store", ["/srv/frames", ""])
async def test_a_movie_that_is_forgotten_has_its_videos_and_kept_frames_dropped_last(
    store: str,
) -> None:
    bench = Planning(frame_store=store)
    await bench.plan(request(title_request()))
    gone = msgspec.structs.replace(title_request(1).title, forget=True)
    effects = await bench.plan(request(title_request(1, title=gone), 1))
    assert effects == [
        "ledger <- plan 2.0",
        "captions <- plan 2.0",
        "videos <- drop a",
        "videos <- drop b",
        "videos <- drop none",  # so that fetch knows that nothing is wanted
        "acked 1",
    ]


async def test_many_pages_of_a_movie_are_put_together() -> None:
    bench = Planning()
    planner = bench.process(pages=1)
    await bench.plan(request(title_request()), planner=planner)
    effects = await bench.plan(request(GONE, 1), planner=planner)
    assert effects[:2] == ["ledger <- plan 1.1", "ledger sealed"]


async def test_requests_of_one_movie_are_decided_on_one_at_a_time() -> None:
    bench = Planning()
    bench.captions.broker.clear()
    work = asyncio.create_task(bench.plan(request(title_request()), request(GONE, 1)))
    await settled()
    assert bench.effects == FIRST
    bench.captions.broker.set()
    await work
    assert bench.effects[4] == "ledger <- plan 1.1"
    assert [one for one in bench.effects if one.startswith("acked")] == ["acked 0", "acked 1"]


@pytest.mark.parametrize("slow", ["videos", "captions"])
async def test_nothing_is_acked_before_the_broker_has_what_follows(slow: str) -> None:
    bench = Planning()
    topic = getattr(bench, slow)
    topic.broker.clear()
    work = asyncio.create_task(bench.plan(request(title_request())))
    await settled()
    assert bench.effects == (FIRST[:3] if slow == "videos" else FIRST)
    topic.broker.set()
    await work
    assert bench.effects == [*FIRST, "acked 0"]


LISTED = "movietag.titles.bulk/0/1"


def asked(place: str, at_ms: int, **changed: bool) -> TitleRequest:
    title = msgspec.structs.replace(title_request().title, **changed)
    return TitleRequest(RequestId(place), title, at_ms)


@pytest.mark.parametrize("how", ["cancel", "forget"])
async def test_a_title_of_a_list_that_is_cancelled_while_it_waits_is_not_planned(how: str) -> None:
    bench = Planning()
    await bench.plan(
        request(asked("movietag.titles/0/0", 2000, **{how: True})),
        request(asked(LISTED, 1000), 1),  # sent before, and planned after
    )
    assert bench.outside.searched == 0
    assert bench.videos.sent == []
    await bench.plan(request(asked("movietag.titles.bulk/0/2", 3000), 2))  # the list again
    assert bench.outside.searched == 1


async def test_a_person_may_add_it_again_at_once() -> None:
    bench = Planning()
    cancel = request(asked("movietag.titles/0/0", 2000, cancel=True))
    await bench.plan(cancel, request(asked("movietag.titles/0/1", 2000), 1))
    assert bench.outside.searched == 1


@pytest.mark.parametrize("images", [None, 0, 9])
async def test_a_movie_in_work_is_cancelled_unless_it_has_images(images: int | None) -> None:
    bench = Planning()
    await bench.plan(request(title_request()))
    if images is not None:
        await bench.plan(request(Settled(MOVIE, 1, images), 1))
    effects = await bench.plan(request(asked("movietag.titles/0/1", 2000, cancel=True), 2))
    if images:
        assert effects == ["ledger <- answered", "acked 2"]
    else:
        assert effects[:2] == ["ledger <- plan 2.0", "captions <- plan 2.0"]
        assert bench.captions.records[-1].forgotten
        assert effects[-2:] == ["videos <- drop none", "acked 2"]
