"""What follows from a title, a failure, a replay: pure functions of a movie's history."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from support.records import MOVIE, TAGGER, at, past, plan, title_request, video

from movietag.errors import PermanentError
from movietag.records import (
    Plan,
    Settled,
    Sources,
    Title,
    VideoAgain,
    VideoFailed,
    VideoFailure,
    VideoId,
)
from movietag.records.bounds import MOST_GENERATION
from movietag.rules.generations import alive, current_plans
from movietag.rules.history import Send
from movietag.rules.jobs import jobs
from movietag.rules.planning import (
    NOTHING_NEW,
    Forget,
    SearchMore,
    SearchVideos,
    answer_again,
    answer_failure,
    answer_settled,
    answer_title,
    changes_nothing,
    empty_plan,
    first_plan,
    topped_up,
)
from movietag.settings import Settings

REFRESH = title_request(2, title=Title("Heat", MOVIE, 1995, refresh=True))
FORGET = title_request(2, title=Title("Heat", MOVIE, 1995, forget=True))


def failed(name: str, generation: int = 1) -> VideoFailed:
    return VideoFailed(MOVIE, generation, VideoFailure(VideoId(name), "private", "It is private."))


def without(made: Plan, *names: str) -> Plan:
    """The next revision, in which these videos have failed."""
    failures = tuple(failed(name).failure for name in names)
    rank = f"{int(made.rank.split('.')[0]) + 1}.a"
    return msgspec.structs.replace(
        made, revision=made.revision + 1, rank=rank, adds=(), failed=failures
    )


def first(found: list[str], *, title: Title | None = None, **settings: int) -> Plan:
    return first_plan(
        title_request(title=title),
        1,
        [video(name) for name in found],
        rank="0.a",
        at=at(0),
        tagger=TAGGER,
        settings=Settings(**settings),  # type: ignore[arg-type]
    )


def names(of: Plan) -> list[str]:
    return [one.video_id for one in alive(of)]


def added(answer: Send | None) -> list[str]:
    assert answer is not None
    return [job.video.video_id for job in jobs(answer.plan)]


# -- titles


def test_the_first_title_of_a_movie_is_searched_for() -> None:
    assert answer_title(past(), title_request()) == SearchVideos(1)


def test_a_second_title_of_a_planned_movie_does_nothing() -> None:
    assert answer_title(past(plan("a", "b")), title_request(2)) is None


def test_refresh_raises_the_generation() -> None:
    assert answer_title(past(plan("a", "b")), REFRESH) == SearchVideos(2)


def test_a_title_of_a_short_plan_asks_for_what_is_missing() -> None:
    short = without(plan("a", "b", wanted=2), "b")
    assert answer_title(past(short), title_request(2)) == SearchMore(short)
    left = plan("a", wanted=2, candidates=("c",))  # of a version that left it so
    assert answer_title(past(left), title_request(2)) == SearchMore(left)


def test_a_title_of_a_movie_without_images_is_planned_again() -> None:
    lost = without(plan("a"), "a")
    assert answer_title(past(lost), title_request(2)) == SearchVideos(2, lost)
    full = plan("a", "b")
    assert answer_title(past(full, Settled(MOVIE, 1, 0)), title_request(2)) == SearchVideos(2, full)
    assert answer_title(past(full, Settled(MOVIE, 1, 7)), title_request(2)) is None


def test_a_title_is_answered_by_what_has_images_not_by_a_later_try_that_failed() -> None:
    full = plan("a", "b")
    nothing = plan(generation=2, rank="1.a", offset=1)
    assert answer_title(past(full, nothing), title_request(2)) is None
    short = plan("a", wanted=2)
    assert answer_title(past(short, nothing), title_request(2)) == SearchMore(short)
    tried = plan("a", "b", generation=2, rank="1.a", offset=1)
    history = past(full, tried, Settled(MOVIE, 2, 0))
    assert history.current == full
    assert answer_title(history, REFRESH) == SearchVideos(3)


def test_other_sources_than_the_plan_s_are_refused() -> None:
    title = Title("Heat", MOVIE, 1995, sources=Sources(urls=("https://youtu.be/x",)))
    with pytest.raises(PermanentError, match="refresh") as error:
        answer_title(past(plan("a", "b")), title_request(2, title=title))
    assert error.value.kind == "other-sources"


def test_a_plan_made_again_that_says_the_same_changes_nothing() -> None:
    nothing = msgspec.structs.replace(plan(), reason="The search found nothing.")
    again = msgspec.structs.replace(nothing, generation=2)
    assert changes_nothing(again, nothing)
    assert not changes_nothing(msgspec.structs.replace(again, reason="It failed."), nothing)
    assert not changes_nothing(plan("a", generation=2), nothing)
    assert not changes_nothing(again, None)


def test_what_a_search_finds_is_added_and_what_is_there_stays() -> None:
    short = without(plan("a", "b", wanted=3), "b")
    request = title_request(7)
    more = topped_up(short, request, [video(one) for one in "xayz"], rank="7.a", at=at(7))
    assert more is not None
    assert (more.generation, more.revision, more.cause) == (1, 2, request.request_id)
    assert names(more) == ["a", "x", "y"]
    assert [job.video.video_id for job in jobs(more)] == ["x", "y"]
    assert [one.video_id for one in more.candidates] == ["z"]
    assert more.tagger == short.tagger


def test_a_video_that_failed_and_is_found_again_is_tried_again() -> None:
    short = without(plan("a", "b"), "b")
    more = topped_up(short, title_request(7), [video("a"), video("b")], rank="7.a", at=at(7))
    assert more is not None
    assert (names(more), more.failed) == (["a", "b"], ())
    assert [job.video.video_id for job in jobs(more)] == ["b"]


@pytest.mark.parametrize("reason", ["", "The search failed. Given up after 6 tries."])
def test_a_search_that_gives_nothing_only_says_so_and_once(reason: str) -> None:
    short = without(plan("a", "b"), "b")
    told = topped_up(short, title_request(7), [], rank="7.a", at=at(7), reason=reason)
    assert told is not None
    assert (names(told), jobs(told)) == (["a"], ())
    assert told.reason == (reason or NOTHING_NEW)
    assert topped_up(told, title_request(8), [], rank="8.a", at=at(8), reason=reason) is None


def test_a_movie_is_forgotten_once_and_can_come_back() -> None:
    standing = plan("a", "b")
    assert answer_title(past(), FORGET) is None
    assert answer_title(past(standing), FORGET) == Forget(standing, 2)
    empty = empty_plan(FORGET, standing, 2, rank="2.a", at=at(9))
    assert (empty.generation, empty.forgotten, jobs(empty)) == (2, True, ())
    assert answer_title(past(standing, empty), FORGET) is None
    assert answer_title(past(standing, empty), title_request(3)) == SearchVideos(3)


def test_what_no_version_can_express_is_refused_but_can_be_forgotten() -> None:
    last = plan("a", "b", generation=MOST_GENERATION - 1)
    with pytest.raises(PermanentError) as error:
        answer_title(past(last), REFRESH)
    assert error.value.kind == "too-many-generations"
    assert answer_title(past(last), FORGET) == Forget(last, MOST_GENERATION)


# -- failures


def test_a_failed_video_is_replaced_by_the_next_candidate_once() -> None:
    start = first(["a", "b", "c", "d"], videos=2)
    assert [video.video_id for video in start.videos] == ["a", "b"]
    answer = answer_failure(past(start), failed("a"), rank="1.a")
    assert answer is not None
    assert (answer.plan.revision, names(answer.plan)) == (1, ["b", "c"])
    assert added(answer) == ["c"]
    assert answer_failure(past(start, answer.plan), failed("a"), rank="2.a") is None


def test_a_candidate_that_had_failed_before_is_tried_again_and_may_fail_again() -> None:
    """A title sent again has found videos that had failed: all of them are tried, one after another."""
    lost = without(plan("a", "b", "c", wanted=1), "a", "b", "c")
    found = [video(one) for one in "bca"]
    more = topped_up(lost, title_request(7), found, rank="7.a", at=at(7))
    assert more is not None
    history, tried = past(lost, more), [more]
    for name, following in (("b", ["c"]), ("c", ["a"]), ("a", [])):
        again = msgspec.structs.replace(failed(name), revision=tried[-1].revision)
        answer = answer_failure(history, again, rank=f"{7 + len(tried)}.a")
        assert answer is not None
        assert added(answer) == following
        tried.append(answer.plan)
        history = past(lost, *tried)
    assert [one.video_id for one in tried[-1].videos] == ["a", "b", "c"]
    assert (names(tried[-1]), tried[-1].candidates) == ([], ())


def test_a_failure_from_before_the_video_was_asked_for_again_says_nothing() -> None:
    short = without(plan("a", "b"), "b")
    more = topped_up(short, title_request(7), [video("a"), video("b")], rank="7.a", at=at(7))
    assert more is not None
    history = past(plan("a", "b"), short, more)
    late = msgspec.structs.replace(failed("b"), revision=0)  # of the first try: it comes again
    assert answer_failure(history, late, rank="8.a") is None
    answer = answer_failure(history, msgspec.structs.replace(late, revision=2), rank="9.a")
    assert answer is not None
    assert names(answer.plan) == ["a"]


def test_without_candidates_a_failure_is_only_written_down() -> None:
    answer = answer_failure(past(first(["a"], videos=1)), failed("a"), rank="1.a")
    assert answer is not None
    assert (names(answer.plan), added(answer)) == ([], [])


def test_a_failure_of_another_generation_is_ignored() -> None:
    start = first(["a"], videos=1)
    assert answer_failure(past(start), failed("a", generation=2), rank="1.a") is None


def test_a_failure_of_a_forgotten_movie_takes_no_candidate_and_writes_nothing() -> None:
    start = first(["a", "b", "c"], videos=1)
    empty = empty_plan(FORGET, start, 2, rank="1.a", at=at(9))
    assert answer_failure(past(start, empty), failed("a"), rank="2.a") is None
    back = plan("x", generation=3, rank="2.a")
    assert answer_failure(past(start, empty, back), failed("a"), rank="3.a") is None


def test_a_generation_that_is_being_replaced_takes_no_candidate() -> None:
    start = first(["a", "b", "c"], videos=2)
    newer = plan("x", generation=2, rank="1.a")
    answer = answer_failure(past(start, newer), failed("a"), rank="2.a")
    assert (added(answer), answer and names(answer.plan)) == ([], ["b"])
    nothing = plan(generation=2, rank="1.a")
    assert added(answer_failure(past(start, nothing), failed("a"), rank="2.a")) == ["c"]


def test_a_generation_that_stands_again_takes_the_candidates_that_it_did_not_take() -> None:
    """A video failed while a refresh was under way, of which then no frame could be tagged."""
    first, refresh = plan("a", "b", candidates=("c", "d")), plan("e", "f", generation=2, offset=1)
    written = answer_failure(past(first, refresh), failed("a"), rank="2.a")
    assert written is not None
    assert added(written) == []
    known = (first, refresh, written.plan)
    assert answer_settled(past(*known), rank="3.a") is None
    answer = answer_settled(past(*known, Settled(MOVIE, 2, 0)), rank="3.a")
    assert answer is not None
    assert (answer.plan.generation, answer.plan.revision, answer.plan.rank) == (1, 2, "3.a")
    assert (added(answer), names(answer.plan)) == (["c"], ["b", "c"])
    assert [one.video_id for one in answer.plan.candidates] == ["d"]
    told = (*known, Settled(MOVIE, 2, 0), answer.plan)
    assert answer_settled(past(*told), rank="4.a") is None


def test_an_outcome_asks_for_nothing_where_nothing_is_missing_or_left() -> None:
    ended = Settled(MOVIE, 1, 7)
    assert answer_settled(past(), rank="1.a") is None
    assert answer_settled(past(plan("a", "b", candidates=("c",)), ended), rank="2.a") is None
    assert answer_settled(past(without(plan("a", "b"), "b"), ended), rank="2.a") is None
    empty = empty_plan(FORGET, plan("a", wanted=2, candidates=("c",)), 2, rank="1.a", at=at(9))
    assert answer_settled(past(plan("a"), empty, ended), rank="2.a") is None


def test_a_failure_of_a_video_that_another_worker_planned_takes_no_candidate() -> None:
    start = first(["a", "b"], videos=1)
    answer = answer_failure(past(start), failed("z"), rank="1.a")
    assert answer is not None
    assert (answer.plan.revision, added(answer)) == (1, [])
    assert answer.plan.candidates == start.candidates
    assert answer.plan.failed[0].video_id == "z"


def test_of_two_plans_of_one_revision_the_least_rank_stands_for_all() -> None:
    plans = [plan("a", rank="5.b"), plan("b", rank="5.a"), plan("c", revision=1, rank="9.z")]
    for order in itertools.permutations(plans):
        assert current_plans(order) == [plans[1], plans[2]]


# -- settings


@pytest.mark.parametrize(
    ("videos", "movie_slots", "expected"), [(5, 500, 10), (5, 20, 4), (50, 20, 1)]
)
def test_the_cap_of_a_movie_is_shared_among_its_videos(
    videos: int, movie_slots: int, expected: int
) -> None:
    assert first(["a"], videos=videos, movie_slots=movie_slots).sampling.slots == expected


def test_folders_of_pictures_share_the_cap_of_the_movie() -> None:
    title = Title("Shop", MOVIE, sources=Sources(images=("/shop/a", "/shop/b")))
    made = first(["a", "b"], title=title)
    assert (made.wanted, made.sampling.slots) == (2, 250)


# -- replays of failed videos


def again(name: str, generation: int = 1) -> VideoAgain:
    return VideoAgain(MOVIE, generation, VideoId(name))


def test_a_video_that_was_repaired_is_taken_back_by_a_short_plan_and_may_fail_again() -> None:
    plans = [first(["a", "b"], videos=2)]
    for rank, request in (("10.w", failed("a")), ("11.w", again("a")), ("12.w", failed("a"))):
        answer = (
            answer_failure(past(*plans), request, rank=rank)
            if isinstance(request, VideoFailed)
            else answer_again(past(*plans), request, rank=rank)
        )
        assert answer is not None
        plans.append(answer.plan)
    assert [names(one) for one in plans] == [["a", "b"], ["b"], ["a", "b"], ["b"]]
    assert [job.video.video_id for job in jobs(plans[2])] == ["a"]


def test_a_video_that_was_replaced_is_not_taken_back() -> None:
    start = first(["a", "b", "c"], videos=2)
    answer = answer_failure(past(start), failed("a"), rank="10.w")
    assert answer is not None
    with pytest.raises(PermanentError, match="no longer wanted"):
        answer_again(past(start, answer.plan), again("a"), rank="11.w")
    assert answer_again(past(start), again("a"), rank="11.w") is None
    assert answer_again(past(), again("a"), rank="11.w") is None


def test_a_video_of_a_generation_that_is_gone_is_not_taken_back() -> None:
    start = without(first(["a", "b"], videos=2), "a")
    forgotten = empty_plan(FORGET, start, 2, rank="5.a", at=at(9))
    for newer in (forgotten, plan("x", generation=2, rank="5.a")):
        with pytest.raises(PermanentError) as error:
            answer_again(past(start, newer), again("a"), rank="11.w")
        assert error.value.kind == "replaced"
