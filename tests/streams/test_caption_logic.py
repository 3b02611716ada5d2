"""What the caption stage does with frames, in process: captions, refusals, frames on which the model fails."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from support.records import MOVIE, TAGGER
from support.stage_bench import Bench, settled
from support.stage_fakes import TryCounts, event

from movietag import topics
from movietag.captioning import NOTHING_KNOWN, BadAnswerError, Captioned, CaptionFailed
from movietag.captioning.pictures import grey_jpeg
from movietag.captioning.quality import QualityMarker
from movietag.errors import PermanentError, TransientError
from movietag.records import (
    CaptionQuality,
    Context,
    FrameInfo,
    Shortened,
    SlotFailure,
    TaggerId,
    VideoId,
    decode_fact,
    encode,
)
from movietag.streams.failures.tries import Tries
from movietag.streams.handlers.frame_captioner import ALONE, TOGETHER, FrameCaptioner
from movietag.streams.watch.metrics import UNMARKED
from movietag.vocabulary import load

VOCABULARY = "counted"


class Model:
    """A captioner: each slot's answers, one after another, the last for ever; no answer is a caption."""

    def __init__(self) -> None:
        self.answers: dict[bytes, list[Any]] = {}
        self.asked: list[bytes] = []
        self.gates: dict[bytes, asyncio.Event] = {}
        self.inside = self.most = 0
        self.others: list[int] = []  # how many others were in work with each that failed

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        self.asked.append(jpeg)
        self.inside += 1
        try:
            await self.gates.setdefault(jpeg, _open()).wait()
            answers = self.answers.get(jpeg, [None])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                self.others.append(self.inside - 1)
                raise answer
            return answer or Captioned("horror", "Describe.", TAGGER, 5.0)
        finally:
            self.inside -= 1

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        return TAGGER

    async def close(self) -> None:
        pass


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


class Captioning(Bench):
    """The caption stage; its tries outlive it."""

    def __init__(self) -> None:
        super().__init__("caption")
        self.model, self.counts = Model(), TryCounts()
        self.captions = self.topic("captions", decode_fact)
        self.named: list[str] = []

    def captioner(self) -> FrameCaptioner:
        return FrameCaptioner(
            captioner_of=self._named,
            captions=self.captions,
            vocabulary_id=VOCABULARY,
            marker=QualityMarker(load("mpst")),
            count=self.metrics.caption_counter(),
            tries=Tries(self.counts, most=TOGETHER + ALONE),
            seconds=10.0,
            step=self.metrics.step,
            sleep=self.sleep,
        )

    def _named(self, name: str) -> Model:
        self.named.append(name)
        return self.model

    async def caption(self, *events: Any) -> list[str]:
        return await self.handle(self.captioner().handling(8), *events)


def frame(slot: int = 0, model: str = "") -> Any:
    info = FrameInfo(MOVIE, 1, VideoId("a"), slot, slot + 0.5, TAGGER, model=model)
    return event(
        topics.FRAMES.name,
        b"%d" % slot,
        offset=slot,
        headers={topics.FRAME_HEADER: encode(info)},
    )


async def test_a_frame_becomes_a_caption_under_the_movies_key() -> None:
    bench = Captioning()
    assert await bench.caption(frame(model="large")) == ["captions <- caption a/0", "acked 0"]
    ((key, fact, _),) = bench.captions.sent
    assert (key, fact.caption, bench.named) == (MOVIE.encode(), "horror", ["large"])


@pytest.mark.parametrize(
    ("answer", "finish", "quality"),
    [
        ("A dark house.", "stop", "whole"),
        ("A scene with 'horror', 'hist", "length", "cut"),
        ("", "stop", "empty"),
        ("I'm sorry, but I can't help with that.", "stop", "refused"),
        ("dark, " * 20, "length", "looping"),
        (", ".join(load("mpst").tags), "stop", "all-tags"),
        ("这是一部恐怖电影", "stop", "other-language"),
        ("A dark house.", "", ""),
    ],
)
async def test_a_caption_has_its_mark_and_is_counted_by_it(
    answer: str, finish: str, quality: str
) -> None:
    bench = Captioning()
    series = f'movietag_captions_total{{quality="{quality or "unmarked"}"}}'
    captioned = Captioned(answer, "Describe.", TAGGER, 5.0, finish=finish)
    bench.model.answers[b"0"] = [captioned]
    await bench.caption(frame())
    (fact,) = bench.captions.records
    assert (fact.caption, fact.quality) == (answer, quality)
    assert f"{series} 1.0" in bench.metrics.text().decode()


async def test_scores_have_no_mark() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [Captioned("", "", TAGGER, 5.0, {}, VOCABULARY, "stop")]
    await bench.caption(frame())
    assert bench.captions.records[0].quality == ""


def test_each_mark_has_its_series_from_the_start() -> None:
    bench = Captioning()
    bench.captioner()
    for quality in (*CaptionQuality, UNMARKED):
        assert (
            f'movietag_captions_total{{quality="{quality}"}} 0.0' in bench.metrics.text().decode()
        )


async def test_the_same_frame_again_is_captioned_again() -> None:
    bench = Captioning()
    for _ in range(2):
        assert await bench.caption(frame()) == ["captions <- caption a/0", "acked 0"]
    assert bench.captions.records[0] == bench.captions.records[1]


async def test_frames_are_acked_in_order_whichever_is_captioned_first() -> None:
    bench = Captioning()
    gate = bench.model.gates[b"0"] = asyncio.Event()
    work = asyncio.create_task(bench.caption(frame(0), frame(1)))
    await settled()
    assert bench.effects == ["captions <- caption a/1"]
    gate.set()
    await work
    assert bench.effects[1:] == ["captions <- caption a/0", "acked 0", "acked 1"]


async def test_triton_is_waited_for_and_no_try_is_counted() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [TransientError("away")] * 10 + [None]
    assert await bench.caption(frame()) == ["captions <- caption a/0", "acked 0"]
    assert not bench.counts.counts
    assert bench.pauses[:2] == [0.5, 1.0]


REFUSALS = [
    (PermanentError("bad-image", "No JPEG."), "bad-image"),
    (Captioned("horror", "Describe.", TaggerId("other@1"), 5.0), "other-tagger"),
    (KeyError("x"), "internal"),
]


@pytest.mark.parametrize(("answer", "kind"), REFUSALS)
async def test_a_refusal_settles_the_slot_before_the_letter_is_sent(answer: Any, kind: str) -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [answer]
    assert await bench.caption(frame()) == [
        f"captions <- failure a/0: {kind}",
        f"letter {kind}",
        "acked 0",
    ]
    failure = bench.captions.records[-1]
    assert isinstance(failure, SlotFailure)
    assert (failure.letter_id, bench.letters[0].movie_id) == ("movietag.frames/0/0/caption", MOVIE)


async def test_a_letter_that_could_not_be_sent_is_sent_again_with_the_failure() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [PermanentError("bad-image", "No JPEG.")]
    bench.captions.errors += [KafkaConnectionError()]
    effects = await bench.caption(frame())
    assert effects == ["captions <- failure a/0: bad-image", "letter bad-image", "acked 0"]


async def test_a_letter_that_is_too_large_is_sent_without_the_bytes() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [PermanentError("bad-image", "No JPEG.")]
    bench.letter_errors.append(MessageSizeTooLargeError())
    effects = await bench.caption(frame())
    failed = "captions <- failure a/0: bad-image"
    assert effects == [failed, failed, "letter bad-image", "acked 0"]
    (letter,) = bench.letters
    assert letter.shortened == Shortened(
        beginning=b"0", size=1, sha256=hashlib.sha256(b"0").hexdigest()
    )


async def test_a_frame_that_cannot_be_read_is_a_letter_only() -> None:
    bench = Captioning()
    rubbish = event(topics.FRAMES.name, b"jpeg")
    assert await bench.caption(rubbish) == ["letter bad-record", "acked 0"]
    assert bench.letters[0].movie_id is None


async def test_scores_of_another_vocabulary_wait_for_whoever_mends_that() -> None:
    bench = Captioning()
    scored = [
        Captioned("", "", TAGGER, 5.0, {"horror": 0.9}, name) for name in ("other", VOCABULARY)
    ]
    bench.model.answers[b"0"] = scored
    assert await bench.caption(frame()) == ["captions <- caption a/0", "acked 0"]
    assert bench.pauses == [0.5]


async def test_a_frame_on_which_the_model_fails_is_tried_alone_and_given_up() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [CaptionFailed("It died.")]
    hold = bench.model.gates[b"1"] = asyncio.Event()
    work = asyncio.create_task(bench.caption(frame(0), frame(1)))
    await settled()
    assert bench.counts.counts == {"movietag.frames/0/0": TOGETHER}  # alone it waits for the other
    hold.set()
    await work
    assert bench.effects == [
        "captions <- caption a/1",
        "captions <- failure a/0: model-error",
        "letter model-error",
        "acked 0",
        "acked 1",
    ]
    assert bench.model.others[1:] == [1] * (TOGETHER - 1) + [0] * ALONE


BAD = BadAnswerError("The model answered without CAPTION.")


async def test_an_answer_that_cannot_be_taken_is_its_frames_alone() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [BAD]
    await bench.caption(*map(frame, range(3)))
    assert sorted(bench.effects) == sorted(
        [
            "captions <- caption a/1",
            "captions <- caption a/2",
            "captions <- failure a/0: model-error",
            "letter model-error",
            "acked 0",
            "acked 1",
            "acked 2",
        ]
    )
    assert "answered without CAPTION. Given up after 3 tries" in bench.letters[0].reason


async def test_an_answer_that_cannot_be_taken_may_be_better_the_next_time() -> None:
    bench = Captioning()
    bench.model.answers[b"0"] = [BAD, BAD, None]
    assert await bench.caption(frame()) == ["captions <- caption a/0", "acked 0"]


@pytest.mark.parametrize(
    "fault", [BAD, PermanentError("bad-image", "The model refuses the frame: unexpected shape.")]
)
async def test_a_model_that_does_no_better_with_a_plain_picture_is_at_fault_and_waited_for(
    fault: Exception,
) -> None:
    bench = Captioning()
    for picture in (b"0", b"1", grey_jpeg()):
        bench.model.answers[picture] = [fault] * 20
    work = asyncio.create_task(bench.caption(frame(0), frame(1)))
    while bench.model.asked.count(grey_jpeg()) < 15:
        await asyncio.sleep(0)
    assert (bench.effects, bench.counts.counts) == ([], {})
    (reason,) = bench.persist.waiting_for
    assert "the model is at fault, no frame" in reason
    bench.model.answers.clear()  # another model
    await work
    assert [one for one in bench.effects if "caption" in one] == [
        "captions <- caption a/0",
        "captions <- caption a/1",
    ]


async def test_tries_go_on_after_a_restart() -> None:
    bench = Captioning()
    bench.counts.counts["movietag.frames/0/0"] = TOGETHER + ALONE - 1
    bench.model.answers[b"0"] = [CaptionFailed("It died.")]
    await bench.caption(frame())
    assert (
        bench.model.asked == [b"0"] * 2
    )  # once together, which is not counted any more; once alone


async def test_nothing_is_acked_before_the_broker_has_the_caption() -> None:
    bench = Captioning()
    bench.captions.broker.clear()
    work = asyncio.create_task(bench.caption(frame(0), frame(1)))
    await settled()
    assert bench.effects == ["captions <- caption a/0", "captions <- caption a/1"]
    bench.captions.broker.set()
    await work
    assert bench.effects[2:] == ["acked 0", "acked 1"]
