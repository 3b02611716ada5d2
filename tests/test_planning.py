import itertools

import msgspec
import pytest
from builders import MOVIE, TAGGER, plan, title_request, video

from movietag.errors import PermanentError
from movietag.planning import (
    Forget,
    Search,
    Send,
    alive,
    answer_again,
    answer_failure,
    answer_title,
    changes_nothing,
    empty_plan,
    first_plan,
    jobs,
    standing_plans,
)
from movietag.records import Sources, Title, VideoAgain, VideoFailed, VideoFailure, VideoId
from movietag.settings import Settings


def failed(name: str, generation: int = 1) -> VideoFailed:
    return VideoFailed(MOVIE, generation, VideoFailure(VideoId(name), "private", "It is private."))


def first(found: list[str], *, title: Title | None = None, **settings: int):  # type: ignore[no-untyped-def]
    return first_plan(
        title_request(title=title),
        1,
        [video(name) for name in found],
        rank="0.a",
        made_ms=5,
        tagger=TAGGER,
        settings=Settings(**settings),
    )


def test_the_first_title_of_a_movie_is_searched_for() -> None:
    assert answer_title([], title_request()) == Search(1, None)


def test_a_redelivered_title_sends_its_own_plan_again_and_raises_nothing() -> None:
    standing = plan("a", "b", offset=7)
    later = msgspec.structs.replace(standing, revision=1, adds=())
    assert answer_title([standing, later], title_request(7)) == Send(standing)


def test_a_second_title_of_a_planned_movie_does_nothing() -> None:
    assert answer_title([plan("a", "b", offset=1)], title_request(2)) is None


def test_refresh_raises_the_generation() -> None:
    title = Title("Heat", MOVIE, 1995, refresh=True)
    assert answer_title([plan("a", "b")], title_request(2, title=title)) == Search(2, None)


def test_a_short_plan_is_made_again_but_only_if_something_else_is_found() -> None:
    short = plan("a", wanted=2)
    assert answer_title([short], title_request(2)) == Search(2, short)
    assert changes_nothing(plan("a", generation=2), short)
    assert not changes_nothing(plan("a", "b", generation=2), short)
    assert not changes_nothing(plan("a"), None)
    broken = msgspec.structs.replace(short, failed=(failed("a").failure,))
    assert not changes_nothing(plan("a", generation=2), broken)


def test_other_sources_than_the_plan_s_are_refused() -> None:
    title = Title("Heat", MOVIE, 1995, sources=Sources(urls=("https://youtu.be/x",)))
    with pytest.raises(PermanentError, match="refresh") as error:
        answer_title([plan("a", "b", offset=1)], title_request(2, title=title))
    assert error.value.kind == "other-sources"


def test_a_failed_video_is_replaced_by_the_next_candidate_once() -> None:
    start = first(["a", "b", "c", "d"], videos=2)
    assert [video.video_id for video in start.videos] == ["a", "b"]
    answer = answer_failure([start], failed("a"), rank="1.a")
    assert isinstance(answer, Send)
    second = answer.plan
    assert (second.revision, [item.video_id for item in alive(second)]) == (1, ["b", "c"])
    assert [job.video.video_id for job in jobs(second)] == ["c"]
    # the same failure again sends that same revision again
    assert answer_failure([start, second], failed("a"), rank="2.a") == Send(second)


def test_without_candidates_a_failure_is_only_written_down() -> None:
    start = first(["a"], videos=1)
    answer = answer_failure([start], failed("a"), rank="1.a")
    assert isinstance(answer, Send)
    assert alive(answer.plan) == ()
    assert jobs(answer.plan) == ()


def test_a_failure_of_another_generation_is_ignored() -> None:
    start = first(["a"], videos=1)
    assert answer_failure([start], failed("a", generation=2), rank="1.a") is None


def test_a_failure_of_a_video_that_another_worker_planned_takes_no_candidate() -> None:
    start = first(["a", "b"], videos=1)
    answer = answer_failure([start], failed("z"), rank="1.a")
    assert isinstance(answer, Send)
    assert (answer.plan.revision, jobs(answer.plan)) == (1, ())
    assert answer.plan.candidates == start.candidates
    assert answer.plan.failed[0].video_id == "z"


def test_of_two_plans_of_one_revision_the_least_rank_stands_for_all() -> None:
    plans = [plan("a", rank="5.b"), plan("b", rank="5.a"), plan("c", revision=1, rank="9.z")]
    for order in itertools.permutations(plans):
        assert standing_plans(order) == [plans[1], plans[2]]


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


def test_a_movie_is_forgotten_once_and_can_come_back() -> None:
    forget = Title("Heat", MOVIE, 1995, forget=True)
    standing = plan("a", "b")
    assert answer_title([], title_request(2, title=forget)) is None
    assert answer_title([standing], title_request(2, title=forget)) == Forget(standing)
    empty = empty_plan(title_request(2, title=forget), standing, rank="2.a", made_ms=9)
    assert (empty.generation, empty.forgotten, jobs(empty)) == (2, True, ())
    assert answer_title([standing, empty], title_request(3, title=forget)) is None
    assert answer_title([standing, empty], title_request(3)) == Search(3, None)


def again(name: str, generation: int = 1) -> VideoAgain:
    return VideoAgain(MOVIE, generation, VideoId(name))


def test_a_video_that_was_mended_is_taken_back_by_a_short_plan_and_may_fail_again() -> None:
    start = first(["a", "b"], videos=2)
    plans = [start]
    for rank, request in (("10.w", failed("a")), ("11.w", again("a")), ("12.w", failed("a"))):
        for worker in ("w", "x"):  # the second time it is redelivered, to another worker
            mine = rank.replace("w", worker)
            answer = (
                answer_failure(plans, request, rank=mine)
                if isinstance(request, VideoFailed)
                else answer_again(plans, request, rank=mine)
            )
            assert isinstance(answer, Send)
            assert answer.plan.rank == rank
            plans = [*[plan for plan in plans if plan.rank != rank], answer.plan]
    names = [[video.video_id for video in alive(plan)] for plan in standing_plans(plans)]
    assert names == [["a", "b"], ["b"], ["a", "b"], ["b"]]
    assert [job.video.video_id for job in jobs(standing_plans(plans)[2])] == ["a"]


def test_a_video_that_was_replaced_is_not_taken_back() -> None:
    start = first(["a", "b", "c"], videos=2)
    answer = answer_failure([start], failed("a"), rank="10.w")
    assert isinstance(answer, Send)
    with pytest.raises(PermanentError, match="no longer wanted"):
        answer_again([start, answer.plan], again("a"), rank="11.w")
    assert answer_again([start], again("a"), rank="11.w") is None
    assert answer_again([], again("a"), rank="11.w") is None
