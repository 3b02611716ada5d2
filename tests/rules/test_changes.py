"""What other programs hear of a movie: which change follows from which facts."""

from __future__ import annotations

import msgspec
import pytest
from support.records import MOVIE, TAGGER, caption, manifest, plan, slot_failure

from movietag.records import Document, Fact, Placed, Plan, VideoFailure, VideoId, encode
from movietag.rules.events import event_of
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher, version
from movietag.rules.tally import Matcher, tally
from movietag.vocabulary import from_lines

VOCABULARY = from_lines("three", ["horror", "comedy", "western"])
PUBLISHER = Publisher(VOCABULARY, 0, "english")
MARK = "0a1b2c3d"

WHOLE: list[Fact] = [plan("a"), caption("a", 0, "a horror"), manifest("a", 1)]


def forgetting(generation: int) -> Plan:
    return msgspec.structs.replace(plan(generation=generation), forgotten=True)


def announced(*story: Fact) -> list[Document]:
    """The documents with a change that these facts, one at each offset, lead to."""
    facts = Facts(Placed(offset, 1_000 + offset, fact) for offset, fact in enumerate(story))
    result = tally(facts, Matcher(VOCABULARY))
    assert result is not None
    return [one for one in PUBLISHER.documents(facts, result) if one.change]


def changes(*story: Fact) -> list[str]:
    return [one.change for one in announced(*story)]


def test_a_movie_is_announced_when_it_is_complete_and_not_before() -> None:
    assert [changes(*WHOLE[:count]) for count in (1, 2, 3)] == [[], [], ["complete"]]


def test_a_movie_without_an_image_has_failed() -> None:
    (found,) = announced(plan("a"), manifest("a", 1), slot_failure("a", 0))
    assert found.change == "failed"
    event = event_of(found, MARK, 1)
    assert event is not None
    assert (event.data.status, event.data.images) == ("failed", 0)
    assert event.data.reason


def test_a_refresh_is_silent_until_it_is_complete_and_is_a_change_then() -> None:
    anew = [plan("b", generation=2), caption("b", 0, "x", generation=2), manifest("b", 1, 2)]
    assert [changes(*WHOLE, *anew[:count]) for count in (1, 2, 3)] == [[], [], ["changed"]]


def test_a_refresh_that_fails_is_a_failure_beside_the_former_result() -> None:
    lost = msgspec.structs.replace(
        plan("b", generation=2), failed=(VideoFailure(VideoId("b"), "gone", "It is private."),)
    )
    (found,) = announced(*WHOLE, lost)
    event = event_of(found, MARK, 1)
    assert event is not None
    assert (event.type, event.data.status) == ("movietag.movie.failed", "complete")
    assert "It is private." in event.data.reason


def test_a_movie_that_failed_and_then_came_is_complete() -> None:
    nothing = msgspec.structs.replace(plan(), reason="No video was found.")
    story = [plan("a", generation=2), caption("a", 0, "x", generation=2), manifest("a", 1, 2)]
    assert changes(nothing) == ["failed"]
    assert changes(nothing, *story) == ["complete"]


def test_a_replayed_frame_and_added_videos_are_changes() -> None:
    short = [plan("a"), caption("a", 0, "x"), slot_failure("a", 1), manifest("a", 2)]
    assert changes(*short) == ["complete"]
    assert changes(*short, caption("a", 1, "a western")) == ["changed"]
    more = [plan("a", "b", revision=1), caption("b", 0, "x"), manifest("b", 1)]
    assert changes(*WHOLE, *more) == ["changed"]


def test_a_replacement_of_a_failed_video_is_no_change() -> None:
    failed = msgspec.structs.replace(
        plan("a", "b", "c", revision=1), failed=(VideoFailure(VideoId("b"), "gone", "Private."),)
    )
    story = [plan("a", "b"), *WHOLE[1:], failed, caption("c", 0, "x"), manifest("c", 1)]
    assert [changes(*story[:count]) for count in (3, 4, 5, 6)] == [[], [], [], ["complete"]]


def test_a_forgotten_movie_is_announced_once_whatever_its_taggers() -> None:
    other = [plan("a", generation=2, tagger="other@1"), forgetting(3)]  # type: ignore[arg-type]
    (found,) = announced(*WHOLE, *other)
    assert (found.change, found.deleted) == ("forgotten", True)
    event = event_of(found, MARK, 1_700_000_000_250)
    assert event is not None
    assert event.time == "2023-11-14T22:13:20.250Z"
    assert (event.data.title, event.data.status, event.data.tags) == (None, "forgotten", ())
    assert b"Heat" not in encode(event)


def test_a_movie_that_is_added_again_is_complete() -> None:
    again = [plan("b", generation=3), caption("b", 0, "x", generation=3), manifest("b", 1, 3)]
    assert changes(*WHOLE, forgetting(2), *again) == ["complete"]


def test_an_event_names_movie_generation_and_version() -> None:
    (found,) = announced(*WHOLE)
    event = event_of(found, MARK, 1)
    assert event is not None
    number = version(0, 1, 3)
    assert (event.id, event.source) == (f"{MOVIE}/1/{number}", f"urn:movietag:{MARK}")
    assert (event.subject, event.data.version) == (MOVIE, number)
    assert (event.data.title, event.data.year, event.data.images) == ("Heat", 1995, 1)
    assert (event.data.tags, event.data.tagger) == (("horror",), TAGGER)
    assert event.time == "1970-01-01T00:00:01.002Z"


@pytest.mark.parametrize("change", ["", "a word of the next version"])
def test_what_is_not_known_is_not_announced(change: str) -> None:
    (found,) = announced(*WHOLE)
    assert event_of(msgspec.structs.replace(found, change=change), MARK, 1) is None


def test_a_long_reason_and_many_tags_are_cut() -> None:
    (found,) = announced(*WHOLE)
    body = msgspec.json.decode(found.body)
    body |= {"reason": "x" * 30_000, "tag_names": [f"tag {number}" for number in range(300)]}
    raw = msgspec.Raw(msgspec.json.encode(body))
    event = event_of(msgspec.structs.replace(found, body=raw), MARK, 1)
    assert event is not None
    assert (len(event.data.reason), len(event.data.tags)) == (2_000, 20)
    encode(event)
