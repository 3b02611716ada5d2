import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from support.records import MOVIE, TAGGER, caption, manifest, plan, slot_failure

from movietag.records import Caption, Fact, Placed, Settled, TaggerId, VideoFailure, VideoId
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher, version
from movietag.rules.tally import Matcher, Tally, tally
from movietag.vocabulary import from_lines

VOCABULARY = from_lines("three", ["horror", "comedy", "western"])
MATCH = Matcher(VOCABULARY)


def place(*facts: Fact) -> list[Placed]:
    return [Placed(offset, 1_000 + offset, fact) for offset, fact in enumerate(facts)]


def folded(placed: list[Placed]) -> Tally:
    result = tally(Facts(placed), MATCH)
    assert result is not None
    return result


STORY = place(
    plan("a", "b"),
    caption("a", 0, "horror and comedy"),
    caption("a", 1, "A HORROR."),
    manifest("a", 2),
    manifest("b", 2),
    caption("b", 0, "a western"),
    slot_failure("b", 1),
)


def test_counts_and_ratios() -> None:
    result = folded(STORY)
    assert (result.images, result.promised, result.complete) == (3, 4, True)
    assert result.counts == {"horror": 2, "comedy": 1, "western": 1}
    assert result.ratio("horror") == 2 / 3


def test_captions_without_a_manifest_are_stored_but_not_counted() -> None:
    result = folded(STORY[:3])
    assert (result.images, result.finished) == (0, False)


def test_without_a_plan_nothing_stands() -> None:
    assert tally(Facts(STORY[1:]), MATCH) is None


def test_scored_frames_count_by_their_scores_and_not_by_their_text() -> None:
    sure = [{"horror": 0.9, "comedy": 0.6}, {"horror": 0.5, "no tag of ours": 1.0}, {}]
    scored = [
        msgspec.structs.replace(caption("a", slot, "A comedy."), confidence=one)
        for slot, one in enumerate(sure)
    ]
    result = folded(place(plan("a"), manifest("a", 3), *scored))
    assert result.counts == {"horror": 2, "comedy": 1, "western": 0}
    assert [result.confidence(tag) for tag in ("horror", "comedy", "western")] == [0.7, 0.6, None]
    assert folded(STORY).confidence("horror") is None


def at(offset: int, *facts: Fact) -> list[Placed]:
    return [Placed(offset + number, 9_000, fact) for number, fact in enumerate(facts)]


def test_a_success_beats_a_failure_whatever_came_first() -> None:
    extra = [*STORY, *place(caption("b", 1, "comedy"))]
    assert folded(extra).images == 4


def test_the_first_manifest_and_the_first_caption_stand() -> None:
    late = [
        Placed(90, 5_000, manifest("a", 9)),
        Placed(91, 5_000, caption("a", 0, "western")),
    ]
    assert folded([*late, *STORY]).counts == folded(STORY).counts


def revised(*failed: str, offset: int = 50, **changes: object) -> Placed:
    """The next revision of the story's plan, in which these videos have failed."""
    failures = tuple(VideoFailure(VideoId(one), "private", "It is private.") for one in failed)
    made = msgspec.structs.replace(
        plan("a", "b", revision=1, rank=f"{offset}.a"), failed=failures, adds=(), **changes
    )
    return Placed(offset, 9_000, made)


def test_a_video_that_failed_does_not_count_unless_its_manifest_comes_all_the_same() -> None:
    lost = [*STORY[:4], revised("b", offset=4)]
    result = folded(lost)
    assert (result.images, result.counts["western"], result.complete) == (2, 0, True)
    late = [Placed(60 + n, 9_000, item.fact) for n, item in enumerate(STORY[4:])]
    assert folded([*lost, *late[:2]]).images == 2
    assert folded([*lost, *late]).images == 3  # of a worker that had been paused


def test_a_failure_after_the_manifest_counts_against_nothing() -> None:
    """The fetch was killed before it could commit, and the site has the video no longer."""
    result = folded([*STORY, revised("b")])
    assert (result.images, result.complete, result.attempt) == (3, True, None)
    only = place(plan("a"), manifest("a", 1), caption("a", 0, "horror"))
    gone = VideoFailure(VideoId("a"), "removed", "It is gone.")
    lost = msgspec.structs.replace(plan("a", revision=1, rank="9.a"), failed=(gone,), adds=())
    assert folded([*only, Placed(9, 1, lost)]).images == 1


def test_what_is_complete_is_shown_until_a_newer_generation_has_images() -> None:
    running = Placed(50, 9_000, plan("c", generation=2))
    result = folded([*STORY, running])
    assert (result.plan.generation, result.images, result.complete) == (1, 3, True)
    assert result.attempt is not None
    assert (result.attempt.plan.generation, result.attempt.finished) == (2, False)
    assert not result.at_rest
    some = [running, *at(51, caption("c", 0, "horror", generation=2))]
    assert folded([*STORY, *some]).images == 3
    done = folded([*STORY, *some, *at(52, manifest("c", 1, generation=2))])
    assert (done.plan.generation, done.images, done.attempt) == (2, 1, None)
    assert done.at_rest


def test_a_try_that_failed_changes_nothing() -> None:
    nothing = msgspec.structs.replace(plan(generation=2), reason="The search found nothing.")
    result = folded([*STORY, Placed(50, 9_000, nothing)])
    assert (result.plan.generation, result.images, result.at_rest) == (1, 3, True)
    assert result.attempt is not None
    assert (result.attempt.finished, result.attempt.images) == (True, 0)


def test_while_nothing_has_images_the_newest_is_shown() -> None:
    result = folded([*STORY[:3], Placed(50, 9_000, plan("c", generation=2))])
    assert (result.plan.generation, result.images, result.finished) == (2, 0, False)
    late = [*STORY[3:]]
    assert folded([*STORY[:3], Placed(50, 9_000, plan("c", generation=2)), *late]).images == 3


def test_videos_that_were_added_count_when_all_are_done() -> None:
    added = msgspec.structs.replace(
        plan("a", "b", "c", revision=1, rank="50.a"), adds=(VideoId("c"),)
    )
    story = [*STORY, Placed(50, 9_000, added)]
    under_way = [*story, *at(51, caption("c", 0, "horror"), manifest("c", 2))]
    for facts in (story, under_way):
        result = folded(facts)
        assert (result.images, result.plan.revision, result.complete) == (3, 0, True)
        assert result.attempt is not None
    done = folded([*under_way, *at(60, caption("c", 1, "horror"))])
    assert (done.images, done.plan.revision, done.attempt) == (5, 1, None)


def test_a_video_that_is_tried_again_takes_nothing_away_meanwhile() -> None:
    story = [
        *place(plan("a", "b"), caption("a", 0, "horror"), manifest("a", 1)),
        revised("b", offset=4),
    ]
    again = msgspec.structs.replace(plan("a", "b", revision=2, rank="5.a"), adds=(VideoId("b"),))
    story += at(5, again)
    for more in ((), (manifest("b", 2),), (manifest("b", 2), caption("b", 0, "horror"))):
        result = folded([*story, *at(6, *more)])
        assert (result.complete, result.images) == (True, 1)
    both = [manifest("b", 2), caption("b", 0, "horror"), slot_failure("b", 1)]
    assert folded([*story, *at(6, *both)]).images == 2


def test_of_two_workers_plans_the_one_that_is_done_is_shown_then_the_one_with_most() -> None:
    late = plan("c", "d", rank="-1.z")  # of the least rank: a worker that had been paused
    result = folded([*STORY, Placed(50, 9_000, late)])
    assert (result.images, result.complete) == (3, True)
    few = at(51, manifest("c", 1, 1), manifest("d", 0), caption("c", 0, "horror"))
    assert folded([*STORY, Placed(50, 9_000, late), *few]).images == 3


def test_a_recaption_without_all_kept_frames_replaces_nothing() -> None:
    other = TaggerId("other@1")
    ids = (VideoId("a"), VideoId("b"))
    second = msgspec.structs.replace(
        plan("a", "b", generation=2, rank="50.a", tagger=other), frames=1, kept=ids
    )
    gone = VideoFailure(VideoId("b"), "frames-gone", "Gone.")
    lost = msgspec.structs.replace(second, revision=1, rank="51.a", failed=(gone,), adds=())
    done = [manifest("a", 1, 2), caption("a", 0, "horror", 2, other)]
    result = folded([*STORY, *at(50, second, lost, *done)])
    assert (result.plan.generation, result.images) == (1, 3)
    assert result.attempt is not None
    assert result.attempt.finished
    assert result.outcomes == (Settled(MOVIE, 1, 3), Settled(MOVIE, 2, 0))


def test_forgetting_ends_all_generations_before() -> None:
    empty = msgspec.structs.replace(plan(generation=2), forgotten=True)
    result = folded([*STORY, Placed(50, 9_000, empty)])
    assert (result.plan.forgotten, result.images) == (True, 0)
    back = folded([*STORY, Placed(50, 9_000, empty), *at(51, plan("c", generation=3))])
    assert (back.plan.generation, back.images, back.finished) == (3, 0, False)
    failed = msgspec.structs.replace(plan(generation=3), reason="The search found nothing.")
    assert folded([*STORY, Placed(50, 9_000, empty), *at(51, failed)]).plan.generation == 3


def test_the_plan_stage_is_told_what_has_ended() -> None:
    assert folded(STORY[:-1]).outcomes == ()
    stands = Settled(MOVIE, 1, 3)
    assert folded(STORY).outcomes == (stands,)
    second = [plan("c", generation=2), manifest("c", 1, 2), caption("c", 0, "horror", 2)]
    assert folded([*STORY, *at(50, *second)]).outcomes == (Settled(MOVIE, 2, 1),)
    dark = [plan("c", generation=2), manifest("c", 0, 2)]
    assert folded([*STORY, *at(50, *dark)]).outcomes == (stands, Settled(MOVIE, 2, 0))
    third = plan("c", generation=3)  # runs: that the second has failed is told nevertheless
    assert folded([*STORY, *at(50, *dark, third)]).outcomes == (stands, Settled(MOVIE, 2, 0))
    assert folded(at(0, plan("c"), manifest("c", 0))).outcomes == (Settled(MOVIE, 1, 0),)


def test_another_tagger_s_captions_do_not_count() -> None:
    other = caption("b", 1, "comedy", tagger=TaggerId("other@1"))
    assert folded([*STORY, Placed(50, 1, other)]).images == 3


@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_order_and_repetition_change_nothing(rng: random.Random, copies: int) -> None:
    shuffled = STORY * (1 + copies)
    rng.shuffle(shuffled)
    publisher = Publisher(VOCABULARY, 1, "english")
    facts, again = Facts(STORY), Facts(shuffled)
    expected = {item.key: item for item in publisher.documents(facts, folded(STORY))}
    assert {item.key: item for item in publisher.documents(again, folded(shuffled))} == expected


def documents(placed: list[Placed]) -> dict[str, dict[str, object] | None]:
    found = Publisher(VOCABULARY, 0, "english").documents(Facts(placed), folded(placed))
    return {
        f"{item.index.split('-')[0]}:{item.doc_id.split('~', 1)[1]}": msgspec.json.decode(item.body)
        for item in found
    }


def test_documents_of_a_complete_movie() -> None:
    found = documents(STORY)
    movie = found[f"movies:{TAGGER}"]
    assert movie is not None
    assert movie["status"] == "complete"
    assert movie["tag_names"] == ["horror", "comedy", "western"]
    assert movie["failed_images"] == 1
    rows = {key: body for key, body in found.items() if key.startswith("movie_tags:")}
    assert len(rows) == 3
    frames = [body for key, body in found.items() if key.startswith("frames:")]
    assert [frame["tags"] for frame in frames if frame] == [
        ["horror", "comedy"],
        ["horror"],
        ["western"],
    ]


REFRESHED = [
    plan("a", generation=2, rank="50.a"),
    manifest("a", 1, 2),
    caption("a", 0, "horror", 2),
]


def test_a_refresh_deletes_what_the_former_generation_published_when_it_has_images() -> None:
    before = documents(STORY)
    running = documents([*STORY, *at(50, *REFRESHED[:2])])
    assert {key for key, body in running.items() if body is None} == set()
    after = documents([*STORY, *at(50, *REFRESHED)])
    deleted = {key for key, body in after.items() if body is None}
    assert deleted == {key for key in before if key.startswith("frames:") and ":a~0" not in key} - {
        f"frames:{TAGGER}~a~000"
    }


def test_a_new_tagger_deletes_the_documents_of_the_old_one_when_it_has_images() -> None:
    new = TaggerId("new@1")
    facts = [plan("a", generation=2, tagger=new, rank="50.a"), manifest("a", 1, 2)]
    running = documents([*STORY, *at(50, *facts)])
    assert running[f"movies:{TAGGER}"] is not None
    assert running["movies:new@1"] is None
    after = documents([*STORY, *at(50, *facts, caption("a", 0, "horror", 2, new))])
    assert after[f"movies:{TAGGER}"] is None
    assert after["movies:new@1"] is not None


def told(*later: Fact) -> tuple[object, object, object]:
    movie = documents([*STORY, *at(50, *later)])[f"movies:{TAGGER}"]
    assert movie is not None
    return movie["status"], movie["attempt"], movie["attempt_reason"]


def test_a_try_that_runs_or_has_failed_is_told() -> None:
    assert told() == ("complete", None, "")
    assert told(plan("c", generation=2)) == ("complete", "running", "")
    nothing = msgspec.structs.replace(plan(generation=2), reason="The search found nothing.")
    assert told(nothing) == ("complete", "failed", "The search found nothing.")
    more = msgspec.structs.replace(revised().fact, reason="The search failed.")  # type: ignore[type-var]
    assert told(more) == ("complete", "failed", "The search failed.")  # type: ignore[arg-type]
    assert told(*REFRESHED) == ("complete", None, "")


def test_a_movie_without_videos_has_failed_with_its_reason() -> None:
    nothing = msgspec.structs.replace(plan(), reason="The search found nothing.")
    movie = documents(place(nothing))[f"movies:{TAGGER}"]
    assert movie is not None
    assert (movie["status"], movie["reason"]) == ("failed", "The search found nothing.")


def test_versions_grow_with_epoch_generation_and_facts() -> None:
    ordered = [version(0, 1, 0), version(0, 1, 9), version(0, 2, 0), version(1, 0, 0)]
    assert ordered == sorted(ordered)
    assert version(32_767, 65_535, 2**32 - 1) < 2**63


def test_versions_grow_with_every_fact_whatever_generation_it_is_of() -> None:
    """Also when a generation becomes complete after a newer one has begun, and when facts are left out."""
    story = [*STORY[:6], *at(50, *REFRESHED[:2]), *at(60, STORY[6].fact), *at(70, REFRESHED[2])]  # type: ignore[arg-type]
    publisher, seen = Publisher(VOCABULARY, 0, "english"), 0
    kept: list[Placed] = []
    for item in story:
        facts = Facts([*kept, item])
        result = tally(facts, MATCH)
        assert result is not None
        numbers = {document.version for document in publisher.documents(facts, result)}
        assert numbers == {max(numbers)}
        assert max(numbers) > seen
        seen = max(numbers)
        kept = result.kept(facts) if result.at_rest else list(facts)
    assert len(kept) == len(REFRESHED)


def test_a_forgotten_movie_has_all_its_documents_deleted() -> None:
    forgotten = msgspec.structs.replace(plan(generation=2), forgotten=True)
    after = documents([*STORY, Placed(50, 9_000, forgotten)])
    assert set(after) == set(documents(STORY))
    assert all(body is None for body in after.values())


def test_sealing_keeps_what_a_later_generation_has_sent_before_its_plan() -> None:
    early = Placed(60, 9_000, caption("c", 0, "horror", generation=2))
    assert early in Facts([*STORY, early]).since_generation(1)


CUT = "A scene with 'western', 'comedy"
MARKS = ["", "whole", "cut", "looping", "refused", "all-tags", "a mark of a newer version"]


def marked(slot: int, text: str, quality: str) -> Caption:
    return msgspec.structs.replace(caption("a", slot, text), quality=quality)


def test_the_last_entry_of_an_answer_that_may_be_cut_does_not_count() -> None:
    marks = [marked(slot, CUT, quality) for slot, quality in enumerate(MARKS)]
    result = folded(place(plan("a"), manifest("a", len(marks)), *marks))
    assert result.counts == {"horror": 0, "western": len(marks), "comedy": len(marks) - 3}
    assert result.qualities == dict.fromkeys(MARKS[1:], 1)


@given(st.permutations(range(6)))
def test_a_caption_with_and_without_a_mark_counts_once(order: list[int]) -> None:
    """Two workers, of which one asks an older model, have captioned the same frame: the first answer counts."""
    placed = place(
        plan("a"),
        manifest("a", 2),
        marked(0, CUT, "cut"),
        marked(0, CUT, ""),
        marked(1, CUT, ""),
        marked(1, CUT, "cut"),
    )
    result = folded([placed[at] for at in order])
    assert (result.images, result.counts) == (2, {"horror": 0, "western": 2, "comedy": 1})
    assert result.qualities == {"cut": 1}
