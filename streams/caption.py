"""caption: frames -> captions by the tagger, many in flight, acknowledged in order.

A frame on which the model fails, dies or hangs takes those beside it along, and nobody can tell which
of them it was. Frames that have failed ``TOGETHER`` times are therefore tried with no other frame of
this worker in flight; one that fails ``ALONE`` times so is the reason itself, and a dead letter.
"""

from __future__ import annotations

import asyncio
import random

from movietag import topics
from movietag.captioning import Captioned, CaptionFailed
from movietag.captioning.captioners import Captioners
from movietag.captioning.facts import caption_fact, other_vocabulary
from movietag.errors import PermanentError, TransientError
from movietag.records import (
    FrameInfo,
    Letter,
    MovieId,
    SlotFailure,
    decode,
    encode,
)
from movietag.settings import get_settings
from movietag.streams.failures.tries import GivenUp, Tries
from movietag.streams.failures.try_counts import Remembered
from movietag.streams.runtime.alone import Company
from movietag.streams.runtime.topics import Event, Stream, channel, headers
from movietag.streams.stage import Stage
from movietag.vocabulary import load

TOGETHER, ALONE = 3, 3  # tries of a frame on which the model fails
PROMPT = 0.25  # of a caption's time: a model that takes longer to say who it is, is busy
APART = 2.0  # seconds: frames alone in several workers, which failed at once, are not tried at once

stage = Stage("caption", buffer=64)
app = stage.app

frames = channel(app, topics.FRAMES)
captions = channel(app, topics.CAPTIONS)

captioners = Captioners(get_settings())
tags = load(get_settings().vocabulary)
company = Company()
tries = Tries(Remembered(app, stage.name, get_settings()), most=TOGETHER + ALONE)


@app.agent(frames)
async def caption_frames(stream: Stream) -> None:
    """Frames -> captions."""
    await stage.consume(
        stream,
        get_settings().caption_in_flight,
        caption_frame,
        on_letter=fail_slot,
        movie_of=movie_of,
    )


def frame_info(event: Event) -> FrameInfo:
    """What a frame is, from its header."""
    return decode(FrameInfo, headers(event).get(topics.FRAME_HEADER))


def movie_of(event: Event) -> MovieId | None:
    """The movie of a frame, when its header can be read."""
    try:
        return frame_info(event).movie_id
    except PermanentError:
        return None


async def caption_frame(event: Event) -> None:
    """Caption one frame; returns when the caption is with the broker."""
    info = frame_info(event)
    try:
        answer = await ask(event, info)
    except GivenUp as error:
        raise PermanentError("model-error", error.reason) from error
    if answer.tagger != info.tagger:
        raise PermanentError(
            "other-tagger",
            f"This frame was planned for tagger {info.tagger}, but {answer.tagger} is served."
            " Send the movie's title with refresh, or serve the former tagger and replay the letter.",
        )
    if reason := other_vocabulary(answer, tags.vocabulary_id):
        raise TransientError(reason)
    caption = caption_fact(info, answer)
    await (await captions.send(key=info.movie_id.encode(), value=encode(caption)))


async def ask(event: Event, info: FrameInfo) -> Captioned:
    """Ask the tagger for the caption of a frame, in company or alone.

    Raises:
        GivenUp: the model has failed on it too often while it was alone.
        PermanentError: the frame can never be captioned, or by no model that there is.
        TransientError: it has failed, or there is no model to ask at present.
    """
    jpeg = event.message.value or b""
    captioner = captioners.named(info.model)
    if tries.of(event) < TOGETHER:
        async with company.together(), tries.counted(event, CaptionFailed, up_to=TOGETHER):
            with stage.metrics.step("frames", "triton"):
                return await captioner.caption(jpeg, info.context, info.tagger)
    await asyncio.sleep(random.uniform(0, APART))
    async with company.alone():
        # The frame is tried on a model that has done with all before, and that answers at once: one
        # that is away, or busy with the frames of other workers, is not this frame's fault.
        await captioner.tagger(like=info.tagger)
        await captioner.tagger(PROMPT * get_settings().caption_seconds, info.tagger)
        async with tries.counted(event, CaptionFailed):
            with stage.metrics.step("frames", "triton"):
                return await captioner.caption(jpeg, info.context, info.tagger)


async def fail_slot(event: Event, letter: Letter) -> None:
    """Settle the slot of a frame that becomes a dead letter, so that its movie can finish."""
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
    await (await captions.send(key=info.movie_id.encode(), value=encode(failure)))


if __name__ == "__main__":
    stage.main()
