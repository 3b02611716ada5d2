"""A request is judged once, whatever comes later and however often it is delivered."""

from __future__ import annotations

import msgspec
import pytest
from support.records import MOVIE, at, past, plan, title_request

from movietag.errors import PermanentError
from movietag.records import (
    Failure,
    Letter,
    LetterId,
    Placed,
    Plan,
    RequestId,
    Settled,
    Title,
    VideoFailed,
    VideoFailure,
    VideoId,
)
from movietag.rules.history import MOST_ANSWERED, Done, Send, answered, sealed
from movietag.rules.planning import empty_plan

FIRST = plan("a", "b", rank="3.a", offset=0)
FORGET = title_request(9, title=Title("Heat", MOVIE, 1995, forget=True))


def forgotten(offset: int = 7) -> Plan:
    """The generation that forgets, asked for at this offset."""
    return empty_plan(FORGET, FIRST, 2, rank=f"{offset}.a", at=at(offset))


def letter(topic: str, offset: int, failed_ms: int = 1_005) -> Letter:
    failure = Failure(failed_ms, "internal", "A mistake of ours.")
    place = LetterId(f"{topic}/0/{offset}/plan")
    return Letter(place, "plan", topic, 0, offset, "internal", "A mistake.", (failure,))


def test_a_request_that_nobody_has_answered_is_judged() -> None:
    assert past().recall(title_request(), at(3)) is None
    assert past(FIRST).recall(title_request(1), at(4)) is None


def test_the_newest_decision_is_sent_again_when_its_request_is_delivered_again() -> None:
    assert past(FIRST).recall(title_request(0), at(3)) == Send(FIRST)
    later = msgspec.structs.replace(FIRST, revision=1, rank="5.a", adds=())
    failure = VideoFailed(MOVIE, 1, VideoFailure(VideoId("a"), "private", "It is private."))
    assert past(FIRST, later).recall(failure, at(5)) == Send(later)


def test_a_request_older_than_the_newest_decision_causes_nothing_any_more() -> None:
    history = past(FIRST, forgotten())
    assert history.recall(title_request(0), at(3)) is Done.DONE  # it has made a plan
    assert history.recall(title_request(1), at(4)) is Done.DONE  # nothing followed from it


def test_a_title_that_is_named_again_is_the_request_that_it_was() -> None:
    """The stage was stopped before it could commit the title, and sends another request of the same id."""
    assert past(FIRST).recall(title_request(0), at(8)) == Send(FIRST)
    assert past(FIRST, forgotten()).recall(title_request(0), at(8)) is Done.DONE
    second = title_request(1)
    history = past(FIRST)
    history = past(*history.placed, answered(second, at(4), history), forgotten())
    assert history.recall(second, at(8)) is Done.DONE
    assert history.recall(title_request(2), at(8)) is None


def test_a_refusal_is_repeated_until_its_letter_is_sure() -> None:
    refused = PermanentError("other-sources", "Other videos.")
    history = past(FIRST)
    known = [*history.placed, answered(title_request(1), at(4), history, refused)]
    with pytest.raises(PermanentError, match="Other videos"):
        past(*known).recall(title_request(1), at(4))
    assert past(*known).recall(title_request(1), at(6)) is Done.DONE
    assert past(*known, forgotten()).recall(title_request(1), at(4)) is Done.DONE


def test_an_outcome_is_heeded_each_time_it_is_delivered() -> None:
    settled = Settled(MOVIE, 2, 5)
    known = past(FIRST)
    assert known.recall(settled, at(9)) is None
    outcome = Placed(9, 1, settled)
    assert past(FIRST, outcome).recall(settled, at(9)) is None
    further = plan("c", rank="9.a", revision=1)
    assert past(FIRST, outcome, further).recall(settled, at(9)) == Send(further)
    last = plan("d", rank="10.a", revision=2)
    assert past(FIRST, outcome, further, last).contested(last) == []


@pytest.mark.parametrize("topic", ["movietag.requests", "movietag.titles"])
def test_a_replayed_letter_belongs_where_it_failed(topic: str) -> None:
    replayed = letter(topic, 5)
    with pytest.raises(PermanentError, match="forgotten after") as error:
        past(FIRST, forgotten()).recall(title_request(1), at(12, replayed))
    assert error.value.kind == "overtaken"
    before = forgotten(4)
    assert past(FIRST, before).recall(title_request(1), at(12, replayed)) is None
    assert past(FIRST).recall(title_request(1), at(12, replayed)) is None


def test_a_letter_that_is_replayed_twice_is_one_request() -> None:
    made = plan("a", "b", rank="12.a", offset=1)
    replayed = letter("movietag.requests", 5)
    assert past(made).recall(title_request(1), at(14, replayed)) == Send(made)
    later = plan("a", generation=2, rank="13.a", offset=2)
    assert past(made, later).recall(title_request(1), at(14, replayed)) is Done.DONE


def test_of_answers_the_newest_are_remembered_on_one_record() -> None:
    history = past(FIRST)
    for number in range(MOST_ANSWERED + 10):
        history = past(*history.placed, answered(title_request(number), at(10 + number), history))
    kept = past(*sealed(history))
    assert len(kept.placed) == 2
    assert kept.newest == history.newest
    last = MOST_ANSWERED + 9
    assert kept.recall(title_request(last), at(999)) is Done.DONE
    assert kept.recall(title_request(10), at(999)) is Done.DONE
    assert kept.recall(title_request(9), at(999)) is None
    assert sealed(past(FIRST)) == past(FIRST).placed


def test_an_answer_on_a_sealed_page_is_known_by_its_offset_too() -> None:
    history = past(FIRST)
    one = past(*history.placed, answered(title_request(1), at(4), history))
    assert past(*sealed(one)).recall(title_request(1), at(4)) is Done.DONE
    assert RequestId("movietag.titles/0/1") in {
        request for item in sealed(one) for request in getattr(item.fact, "requests", ())
    }
