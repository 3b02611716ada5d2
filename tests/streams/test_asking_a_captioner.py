"""What plan and caption ask of whatever captions, and what they make of its answers: with a fake, no server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from support.records import MOVIE, plan

from movietag.captioning import CaptionFailed
from movietag.captioning.captioners import Captioners
from movietag.captioning.fake import FakeCaptioner
from movietag.errors import PermanentError, TransientError
from movietag.records import Context, FrameInfo, TaggerId, VideoId
from movietag.rules.planning import SearchMore
from movietag.settings import Settings
from movietag.streams import caption
from movietag.streams import plan as plan_stage
from movietag.streams.failures.tries import GivenUp, Tries

FIRST, SECOND = TaggerId("first@1"), TaggerId("second@1")
FRAME = b"a frame"
HEAT = Context("Heat", 1995)


class Forgetful:
    """A memory of tries that keeps none beyond the process."""

    async def recall(self, place: str) -> int:
        return 0

    async def note(self, place: str, count: int) -> None: ...


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> FakeCaptioner:
    """Two taggers; the stages ask them."""
    fake = FakeCaptioner({b"bad": CaptionFailed("Out of memory.")}, taggers=[FIRST, SECOND])
    monkeypatch.setattr(caption, "captioners", Captioners(Settings(), lambda *_: fake))
    monkeypatch.setattr(caption, "tries", Tries(Forgetful(), most=caption.TOGETHER + caption.ALONE))
    monkeypatch.setattr(caption, "APART", 0.0)
    monkeypatch.setattr(plan_stage, "captioner", fake)
    return fake


def event(jpeg: bytes) -> Any:
    return SimpleNamespace(
        message=SimpleNamespace(topic="t", partition=0, offset=1, value=jpeg, headers=[])
    )


def info(tagger: TaggerId) -> FrameInfo:
    return FrameInfo(MOVIE, 1, VideoId("v"), 0, 0.5, tagger, HEAT)


async def test_a_frame_is_captioned_by_the_tagger_of_its_plan(served: FakeCaptioner) -> None:
    answer = await caption.ask(event(FRAME), info(FIRST))
    assert answer.tagger == FIRST
    assert [(call.jpeg, call.context) for call in served.calls] == [(FRAME, HEAT)]


async def test_a_frame_that_fails_is_tried_together_then_alone_and_given_up(
    served: FakeCaptioner,
) -> None:
    bad, most = event(b"bad"), caption.TOGETHER + caption.ALONE
    for _ in range(most - 1):
        with pytest.raises(CaptionFailed):
            await caption.ask(bad, info(FIRST))
    with pytest.raises(GivenUp, match=f"Out of memory. Given up after {most} tries"):
        await caption.ask(bad, info(FIRST))
    assert len(served.calls) == most


async def test_while_nobody_answers_no_try_is_counted(served: FakeCaptioner) -> None:
    served.away = TransientError("The tagger is away.")
    for _ in range(caption.TOGETHER + caption.ALONE + 1):
        with pytest.raises(TransientError, match="is away"):
            await caption.ask(event(FRAME), info(FIRST))
    served.away = None
    assert (await caption.ask(event(FRAME), info(FIRST))).tagger == FIRST


async def test_a_frame_of_a_tagger_that_is_gone_is_a_dead_letter(
    served: FakeCaptioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caption, "frame_info", lambda _: info(FIRST))
    served.taggers.remove(FIRST)
    with pytest.raises(PermanentError, match="tagger first@1, but second@1 is served") as caught:
        await caption.caption_frame(event(FRAME))
    assert caught.value.kind == "other-tagger"


@pytest.mark.parametrize(("left", "refused"), [([FIRST, SECOND], False), ([SECOND], True)])
async def test_videos_are_added_only_where_the_movies_tagger_is_served(
    served: FakeCaptioner, left: list[TaggerId], *, refused: bool
) -> None:
    served.taggers = left
    _, reason = await plan_stage.tagger_for(SearchMore(plan("v", tagger=FIRST)))
    assert (reason != "") == refused
    assert ("the movie has first@1, and second@1 is served" in reason) == refused
