import random

import msgspec
from builders import TAGGER, caption, manifest, plan, slot_failure
from hypothesis import given
from hypothesis import strategies as st

from movietag.publishing import Publisher, link, version
from movietag.records import Fact, TaggerId, VideoFailure, VideoId
from movietag.tally import Facts, Matcher, Placed, Tally, tally
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


def test_a_success_beats_a_failure_whatever_came_first() -> None:
    extra = [*STORY, *place(caption("b", 1, "comedy"))]
    assert folded(extra).images == 4


def test_the_first_manifest_and_the_first_caption_stand() -> None:
    late = [
        Placed(90, 5_000, manifest("a", 9)),
        Placed(91, 5_000, caption("a", 0, "western")),
    ]
    assert folded([*late, *STORY]).counts == folded(STORY).counts


def test_a_video_that_failed_does_not_count() -> None:
    revised = msgspec.structs.replace(
        plan("a", "b", revision=1),
        failed=(VideoFailure(VideoId("b"), "private", "It is private."),),
        adds=(),
    )
    result = folded([*STORY, Placed(50, 9_000, revised)])
    assert (result.images, result.counts["western"], result.complete) == (2, 0, True)


def test_a_new_generation_starts_from_nothing() -> None:
    result = folded([*STORY, Placed(50, 9_000, plan("c", generation=2))])
    assert (result.images, result.finished, result.facts_folded) == (0, False, 1)


def test_another_tagger_s_captions_do_not_count() -> None:
    other = caption("b", 1, "comedy", tagger=TaggerId("other@1"))
    assert folded([*STORY, Placed(50, 1, other)]).images == 3


@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_order_and_repetition_change_nothing(rng: random.Random, copies: int) -> None:
    shuffled = STORY * (1 + copies)
    rng.shuffle(shuffled)
    publisher = Publisher(VOCABULARY, epoch=1)
    facts, again = Facts(STORY), Facts(shuffled)
    expected = {item.key: item for item in publisher.documents(facts, folded(STORY))}
    assert {item.key: item for item in publisher.documents(again, folded(shuffled))} == expected


def documents(placed: list[Placed]) -> dict[str, dict[str, object] | None]:
    found = Publisher(VOCABULARY, epoch=0).documents(Facts(placed), folded(placed))
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


def test_a_refresh_deletes_what_the_former_generation_published() -> None:
    before = documents(STORY)
    after = documents([*STORY, Placed(50, 9_000, plan("a", generation=2))])
    deleted = {key for key, body in after.items() if body is None}
    assert deleted == {key for key in before if not key.startswith("movies:")}


def test_a_new_tagger_deletes_the_documents_of_the_old_one() -> None:
    after = documents(
        [*STORY, Placed(50, 9_000, plan("a", generation=2, tagger=TaggerId("new@1")))]
    )
    assert after[f"movies:{TAGGER}"] is None
    assert after["movies:new@1"] is not None


def test_a_movie_without_videos_has_failed_with_its_reason() -> None:
    nothing = msgspec.structs.replace(plan(), reason="The search found nothing.")
    movie = documents(place(nothing))[f"movies:{TAGGER}"]
    assert movie is not None
    assert (movie["status"], movie["reason"]) == ("failed", "The search found nothing.")


def test_versions_grow_with_epoch_generation_and_facts() -> None:
    ordered = [version(0, 1, 0), version(0, 1, 9), version(0, 2, 0), version(1, 0, 0)]
    assert ordered == sorted(ordered)
    assert version(32_767, 65_535, 2**32 - 1) < 2**63


def test_links_open_the_video_at_the_second() -> None:
    assert link("https://www.youtube.com/watch?v=x", 12.7).endswith("watch?v=x&t=12s")
    assert link("https://youtu.be/x", 12.7) == "https://youtu.be/x?t=12s"
    assert link("https://archive.org/x.mp4", 12.7) == "https://archive.org/x.mp4#t=12.7"


def test_a_forgotten_movie_has_all_its_documents_deleted() -> None:
    forgotten = msgspec.structs.replace(plan(generation=2), forgotten=True)
    after = documents([*STORY, Placed(50, 9_000, forgotten)])
    assert set(after) == set(documents(STORY))
    assert all(body is None for body in after.values())


def test_sealing_keeps_what_a_later_generation_has_sent_before_its_plan() -> None:
    early = Placed(60, 9_000, caption("c", 0, "horror", generation=2))
    assert early in Facts([*STORY, early]).since_generation(1)
