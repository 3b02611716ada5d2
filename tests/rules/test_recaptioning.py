"""What follows from a request for another tagger."""

from __future__ import annotations

import msgspec
import pytest
from support.records import MOVIE, at, past, plan, title_request

from movietag.errors import PermanentError
from movietag.records import (
    Plan,
    Recaption,
    Settled,
    TaggerId,
    VideoFailed,
    VideoFailure,
    VideoId,
)
from movietag.rules.deciding import answer
from movietag.rules.jobs import drops_of_forgotten, drops_of_replaced, jobs
from movietag.rules.planning import answer_failure, empty_plan, topped_up
from movietag.rules.recaptioning import answer_recaption

OTHER = TaggerId("other@123456789abc")


def recaptioned(current: Plan, tagger: TaggerId = OTHER, **request: object) -> Plan:
    wanted = Recaption(MOVIE, current.generation, tagger, **request)  # type: ignore[arg-type]
    made = answer(past(current), wanted, at(900 + current.generation), "9.a")
    assert isinstance(made, Plan)
    return made


def test_another_tagger_gets_the_frames_that_were_kept_and_nothing_else() -> None:
    lost = VideoFailure(VideoId("b"), "private", "It is private.")
    standing = plan("a", "b", "c", candidates=("d",))
    standing = msgspec.structs.replace(standing, revision=1, failed=(lost,))
    made = recaptioned(standing, model="other")
    assert (made.generation, made.revision, made.frames, made.tagger) == (2, 0, 1, OTHER)
    assert (made.sampling, made.wanted, made.title) == (
        standing.sampling,
        standing.wanted,
        standing.title,
    )
    assert (made.candidates, made.failed) == ((), ())
    assert [job.video.video_id for job in jobs(made)] == ["a", "c"]
    assert {(job.work, job.frames, job.model) for job in jobs(made)} == {("resend", 1, "other")}


def test_a_second_recaption_takes_the_frames_of_the_first_fetching() -> None:
    first_time = recaptioned(plan("a"))
    assert (first_time.generation, first_time.frames) == (2, 1)
    second = recaptioned(first_time, TaggerId("third@1"))
    assert (second.generation, second.frames) == (3, 1)
    refreshed = msgspec.structs.replace(plan("a"), generation=4)
    assert recaptioned(refreshed).frames == 4


def test_what_the_pass_before_found_goes_with_each_video_and_ends_with_its_generation() -> None:
    made = recaptioned(plan("a", "b"), found=("horror", "gothic"))
    assert {job.context.found for job in jobs(made)} == {("horror", "gothic")}
    third = recaptioned(made, TaggerId("third@1"))
    assert {job.context.found for job in jobs(third)} == {()}


def test_the_same_recaption_twice_does_nothing_and_is_no_letter() -> None:
    made = recaptioned(plan("a"))
    assert answer_recaption(past(plan("a"), made), Recaption(MOVIE, 1, OTHER)) is None
    assert answer_recaption(past(plan("a"), made), Recaption(MOVIE, 2, OTHER)) is None


def test_a_recaption_that_failed_may_be_asked_for_again() -> None:
    made = recaptioned(plan("a"))
    gone = VideoFailed(MOVIE, 2, VideoFailure(VideoId("a"), "frames-gone", "Gone."))
    lost = answer_failure(past(plan("a"), made), gone, rank="10.a")
    assert lost is not None
    history = past(plan("a"), made, lost.plan)
    second = answer(history, Recaption(MOVIE, 1, OTHER), at(11), "11.a")
    assert isinstance(second, Plan)
    assert (second.generation, second.frames, second.videos) == (3, 1, plan("a").videos)


def test_a_recaption_of_another_generation_than_is_shown_is_refused() -> None:
    newer = msgspec.structs.replace(plan("a"), generation=3)
    with pytest.raises(PermanentError, match="is at generation 3 now, not 1"):
        answer_recaption(past(plan("a"), newer), Recaption(MOVIE, 1, OTHER))


def test_nothing_is_captioned_again_where_there_is_nothing() -> None:
    forgotten = empty_plan(title_request(3), plan("a"), 2, rank="3.a", at=at(1))
    lost = VideoFailure(VideoId("a"), "private", "It is private.")
    failed_all = msgspec.structs.replace(plan("a"), failed=(lost,))
    for plans in ([], [plan("a"), forgotten], [failed_all]):
        generation = plans[-1].generation if plans else 1
        assert answer_recaption(past(*plans), Recaption(MOVIE, generation, OTHER)) is None


def test_a_stored_video_that_fails_is_replaced_by_none() -> None:
    made = recaptioned(plan("a", "b", candidates=("c",)))
    failure = VideoFailed(MOVIE, 2, VideoFailure(VideoId("a"), "frames-gone", "Gone."))
    sent = answer_failure(past(made), failure, rank="10.a")
    assert sent is not None
    assert jobs(sent.plan) == ()


def test_what_a_recaptioned_movie_lacks_is_fetched_and_not_looked_for_in_the_store() -> None:
    made = recaptioned(plan("a", "b", wanted=3))
    lost = VideoFailure(VideoId("b"), "frames-gone", "Gone.")
    short = msgspec.structs.replace(made, revision=1, failed=(lost,))
    found = [*plan("b", "c").videos]
    more = topped_up(short, title_request(4), found, rank="12.a", at=at(12))
    assert more is not None
    assert [(job.video.video_id, job.work) for job in jobs(more)] == [
        ("b", "fetch"),
        ("c", "fetch"),
    ]
    assert (more.frames_of, more.kept) == (1, ("a",))


def dropped(generation: int, *plans: Plan, images: int = 3) -> list[tuple[str, str, int]]:
    work = drops_of_replaced(Settled(MOVIE, generation, images), past(*plans))
    return [(job.work, job.video.video_id, job.frames) for job in work]


def test_frames_are_dropped_when_a_newer_generation_has_images_not_before() -> None:
    old = plan("a", "b")
    new = msgspec.structs.replace(plan("b", "c"), generation=2)
    assert dropped(2, old, new) == [("drop", "a", 2), ("drop", "b", 2)]
    assert dropped(2, old, new, images=0) == []
    assert dropped(1, old, new) == []
    assert dropped(3, old, new) == []


def test_another_tagger_drops_no_frame_that_it_captions() -> None:
    old = plan("a")
    made = recaptioned(old)
    assert dropped(2, old, made) == [("drop", "a", 1)]
    refreshed = msgspec.structs.replace(plan("a"), generation=3)
    assert dropped(3, old, made, refreshed) == [("drop", "a", 3)]


def test_a_forgotten_movie_drops_all_its_frames() -> None:
    old, new = plan("a", candidates=("x",)), plan("b", "c")
    new = msgspec.structs.replace(new, generation=2)
    last = recaptioned(new)
    forgotten = empty_plan(title_request(3), last, 4, rank="3.a", at=at(1))
    work = drops_of_forgotten(forgotten, past(old, new, last))
    assert sorted((job.work, job.video.video_id, job.frames) for job in work) == [
        ("drop", "a", 4),
        ("drop", "b", 4),
        ("drop", "c", 4),
        ("drop", "none", 4),  # of the movie itself: it may have had no video
    ]
