"""Handler of the caption stage: frames -> captions, many in flight, acknowledged in order.

A frame on which the model fails, dies or hangs takes those beside it along, and nobody can tell which
of them it was. Frames that have failed ``TOGETHER`` times are therefore tried with no other frame of
this worker in flight; one that fails ``ALONE`` times so is the reason itself, and a dead letter.

A model that answers with what cannot be taken, or refuses a frame, is asked about a plain picture at once: if it
does no better there, the model is at fault, and the frames wait for another one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from movietag import topics
from movietag.captioning import (
    BadAnswerError,
    Captioned,
    Captioner,
    CaptionFailed,
    caption_fact,
    other_vocabulary,
)
from movietag.captioning.pictures import grey_jpeg
from movietag.captioning.quality import QualityMarker
from movietag.errors import PermanentError, TransientError
from movietag.records import (
    FrameInfo,
    Letter,
    MovieId,
    SlotFailure,
    TaggerId,
    decode,
    encode,
)
from movietag.streams.failures.tries import GivenUp, Tries
from movietag.streams.handlers.ports import Step
from movietag.streams.runtime.consuming import Handling
from movietag.streams.runtime.locks import SharedLock
from movietag.streams.runtime.topics import Event, Sender, event_headers
from movietag.streams.watch.logs import Firsts, told

log = logging.getLogger("movietag")

TOGETHER, ALONE = 3, 3  # tries of a frame on which the model fails
PROMPT = 0.25  # of a caption's time: a model that takes longer to say who it is, is busy
APART = 2.0  # seconds: frames alone in several workers, which failed at once, are not tried at once


@dataclass(frozen=True)
class FrameCaptioner:
    """Captions frames and sends the captions.

    Attributes:
        captioner_of: the captioner of a model by its name; the empty one is the usual.
        captions: takes captions, which are facts.
        vocabulary_id: of what is counted.
        marker: marks the captions.
        count: counts a caption that was sent, by its mark.
        tries: of frames on which the model fails: ``TOGETHER + ALONE``.
        seconds: a caption may take.
        step: measures how long it does.
        sleep: as asyncio's.
    """

    captioner_of: Callable[[str], Captioner]
    captions: Sender
    vocabulary_id: str
    marker: QualityMarker
    count: Callable[[str], None]
    tries: Tries
    seconds: float
    step: Step
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _lock: SharedLock = field(default_factory=SharedLock)
    _videos: Firsts = field(default_factory=Firsts)

    def handling(self, in_flight: int | Callable[[], int]) -> Handling:
        """How frames are handled."""
        return Handling(self.caption_frame, in_flight, on_letter=self.fail_slot, movie_of=movie_of)

    async def caption_frame(self, event: Event) -> None:
        """Caption one frame; returns when the broker has acknowledged the caption.

        Raises:
            PermanentError: the frame can never be captioned, or was planned for another tagger.
            TransientError: there is no model to ask at present, or not the right one.
        """
        info = frame_info(event)
        try:
            answer = await self._ask(event, info)
        except GivenUp as error:
            raise PermanentError("model-error", error.reason) from error
        if answer.tagger != info.tagger:
            raise PermanentError(
                "other-tagger",
                f"This frame was planned for tagger {info.tagger}, but {answer.tagger} is served."
                " Send the movie's title with refresh, or serve the former tagger and replay the letter.",
            )
        if reason := other_vocabulary(answer, self.vocabulary_id):
            raise TransientError(reason)
        caption = caption_fact(info, answer, self.marker)
        await (await self.captions.send(key=info.movie_id.encode(), value=encode(caption)))
        self.count(caption.quality)
        first = self._videos.is_first(f"{info.movie_id} {info.generation} {info.video_id}")
        text = "caption: the first of a video" if first else "caption: done"
        about = {"movie": info.movie_id, "video": info.video_id, "slot": info.slot}
        told(log, logging.INFO if first else logging.DEBUG, text, **about)

    async def _ask(self, event: Event, info: FrameInfo) -> Captioned:
        """Ask for the caption of a frame, in company or alone.

        Raises:
            GivenUp: the model has failed on it too often while it was alone.
            PermanentError: the frame can never be captioned, or by no model that there is.
            TransientError: it has failed, or there is no model to ask at present.
        """
        jpeg = event.message.value or b""
        captioner = self.captioner_of(info.model)
        if self.tries.of(event) < TOGETHER:
            counted = self.tries.counted(event, CaptionFailed, up_to=TOGETHER)
            async with self._lock.shared(), counted:
                return await self._caption(captioner, jpeg, info)
        await self.sleep(random.uniform(0, APART))
        async with self._lock.exclusive():
            # The frame is tried on a model that has done with all before, and that answers at once: one
            # that is away, or busy with the frames of other workers, is not this frame's fault.
            await captioner.tagger(like=info.tagger)
            await captioner.tagger(PROMPT * self.seconds, info.tagger)
            async with self.tries.counted(event, CaptionFailed):
                return await self._caption(captioner, jpeg, info)

    async def _caption(self, captioner: Captioner, jpeg: bytes, info: FrameInfo) -> Captioned:
        """The caption of a frame, by a model that is at fault itself where it does no better with a plain picture.

        Raises:
            BadAnswerError, PermanentError: of the frame alone.
            TransientError: there is no model to ask at present, or none that does what it must.
        """
        try:
            with self.step("frames", "triton"):
                return await captioner.caption(jpeg, info.context, info.tagger)
        except BadAnswerError:
            await self._check(captioner, info.tagger)
            raise
        except PermanentError as error:
            if error.kind == "bad-image":
                await self._check(captioner, info.tagger)
            raise

    async def _check(self, captioner: Captioner, tagger: TaggerId) -> None:
        """Raise a TransientError where a model takes a plain picture no better than it took a frame."""
        try:
            await captioner.caption(grey_jpeg(), tagger=tagger)
        except BadAnswerError as error:
            fault = str(error)
        except PermanentError as error:
            if error.kind != "bad-image":
                return
            fault = error.reason
        except CaptionFailed:
            return  # one beside it may be the reason
        else:
            return
        raise TransientError(
            f"{fault} It is so with a plain grey picture, too: the model is at fault, no frame. Correct the"
            " model; what waits goes on then."
        )

    async def fail_slot(self, event: Event, letter: Letter) -> None:
        """Settle the slot of a frame that becomes a dead letter; otherwise its movie would never finish."""
        try:
            info = frame_info(event)
        except PermanentError:
            return
        failure = SlotFailure(
            movie_id=info.movie_id,
            generation=info.generation,
            video_id=info.video_id,
            slot=info.slot,
            tagger=info.tagger,
            error=letter.error,
            reason=letter.reason,
            letter_id=letter.letter_id,
            more=info.more,
        )
        await (await self.captions.send(key=info.movie_id.encode(), value=encode(failure)))
        about = {"movie": info.movie_id, "video": info.video_id, "slot": info.slot}
        told(log, logging.WARNING, f"caption: {letter.error}: {letter.reason}", **about)


def frame_info(event: Event) -> FrameInfo:
    """The ``FrameInfo`` in the header of a frame."""
    return decode(FrameInfo, event_headers(event).get(topics.FRAME_HEADER))


def movie_of(event: Event) -> MovieId | None:
    """The movie of a frame; None if its header cannot be read."""
    try:
        return frame_info(event).movie_id
    except PermanentError:
        return None
