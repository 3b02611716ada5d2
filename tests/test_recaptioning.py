import msgspec
import pytest
from builders import MOVIE, plan, title_request

from movietag.errors import PermanentError
from movietag.planning import Send, answer_failure, drops, empty_plan, jobs
from movietag.recaptioning import answer_recaption, recaption_plan
from movietag.records import (
    Plan,
    Recaption,
    RequestId,
    TaggerId,
    VideoFailed,
    VideoFailure,
    VideoId,
)

OTHER = TaggerId("other@123456789abc")
CAUSE = RequestId("movietag.requests/0/1")


def recaptioned(standing: Plan, **request: str) -> Plan:
    wanted = Recaption(MOVIE, standing.generation, OTHER, **request)
    cause = RequestId(f"movietag.requests/0/{standing.generation}")
    assert answer_recaption([standing], wanted, cause) == standing
    return recaption_plan(wanted, standing, cause, rank="9.a", made_ms=7)


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
    assert (recaptioned(first_time).generation, recaptioned(first_time).frames) == (3, 1)
    refreshed = msgspec.structs.replace(plan("a"), generation=4)
    assert recaptioned(refreshed).frames == 4


def test_what_the_pass_before_found_goes_with_each_video_and_ends_with_its_generation() -> None:
    wanted = Recaption(MOVIE, 1, OTHER, found=("horror", "gothic"))
    made = recaption_plan(wanted, plan("a", "b"), CAUSE, rank="9.a", made_ms=7)
    assert {job.context.found for job in jobs(made)} == {("horror", "gothic")}
    assert {job.context.found for job in jobs(recaptioned(made))} == {()}


def test_a_redelivered_recaption_sends_its_own_plan_again() -> None:
    standing = plan("a")
    made = recaptioned(standing)
    later = msgspec.structs.replace(made, revision=1, adds=())
    request = Recaption(MOVIE, 1, OTHER)
    assert answer_recaption([standing, made, later], request, CAUSE) == Send(made)


def test_a_recaption_of_another_generation_than_stands_is_refused() -> None:
    standing = msgspec.structs.replace(plan("a"), generation=3)
    with pytest.raises(PermanentError, match="has generation 3 by now, not 1"):
        answer_recaption([plan("a"), standing], Recaption(MOVIE, 1, OTHER), CAUSE)


def test_nothing_is_captioned_again_where_nothing_stands() -> None:
    forgotten = empty_plan(title_request(3), plan("a"), rank="3.a", made_ms=1)
    lost = VideoFailure(VideoId("a"), "private", "It is private.")
    failed_all = msgspec.structs.replace(plan("a"), failed=(lost,))
    for plans in ([], [plan("a"), forgotten], [failed_all]):
        generation = plans[-1].generation if plans else 1
        assert answer_recaption(plans, Recaption(MOVIE, generation, OTHER), CAUSE) is None


def test_a_stored_video_that_fails_is_replaced_by_none() -> None:
    made = recaptioned(plan("a", "b", candidates=("c",)))
    sent = answer_failure(
        [made],
        VideoFailed(MOVIE, 2, VideoFailure(VideoId("a"), "frames-gone", "Gone.")),
        rank="10.a",
    )
    assert sent is not None
    assert jobs(sent.plan) == ()


def dropped(new: Plan, *plans: Plan) -> list[tuple[str, str, int]]:
    return [(job.work, job.video.video_id, job.frames) for job in drops(new, plans)]


def test_a_new_generation_drops_the_frames_of_those_before_it() -> None:
    old = plan("a", "b")
    new = msgspec.structs.replace(plan("b", "c"), generation=2)
    assert dropped(new, old, new) == [("drop", "a", 2), ("drop", "b", 2)]
    assert dropped(msgspec.structs.replace(new, revision=1), old, new) == []
    assert dropped(old, old, new) == []  # sent again


def test_another_tagger_drops_no_frame_that_it_captions() -> None:
    old = plan("a")
    made = recaptioned(old)
    assert dropped(made, old) == [("drop", "a", 1)]
    refreshed = msgspec.structs.replace(plan("a"), generation=3)
    assert dropped(refreshed, old, made) == [("drop", "a", 3)]


def test_a_forgotten_movie_drops_all_its_frames() -> None:
    old, new = plan("a", candidates=("x",)), plan("b", "c")
    new = msgspec.structs.replace(new, generation=2)
    forgotten = empty_plan(title_request(3), recaptioned(new), rank="3.a", made_ms=1)
    assert forgotten.generation == 4
    assert sorted(dropped(forgotten, old, new)) == [
        ("drop", "a", 4),
        ("drop", "b", 4),
        ("drop", "c", 4),
    ]
