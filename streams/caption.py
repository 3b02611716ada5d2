"""caption: frames -> captions by Triton, many in flight, acknowledged in order."""

from __future__ import annotations

from movietag import topics
from movietag.captioning.client import CaptionFailed, TritonCaptioner
from movietag.errors import PermanentError
from movietag.records import Caption, FrameInfo, Letter, MovieId, SlotFailure, decode, encode
from movietag.settings import settings
from streams.stage import Stage
from streams.topics import Event, Stream, channel, headers
from streams.tries import GivenUp, Tries

MOST_TRIES = 3  # of a frame on which the model itself fails, before it becomes a dead letter

stage = Stage("caption", buffer=64)
app = stage.app

frames = channel(app, topics.FRAMES)
captions = channel(app, topics.CAPTIONS)

captioner = TritonCaptioner.from_settings(settings())
tries = Tries(most=MOST_TRIES)


@app.agent(frames)
async def caption_frames(stream: Stream) -> None:
    """Frames -> captions."""
    await stage.consume(
        stream, settings().caption_in_flight, caption_frame, on_letter=fail_slot, movie_of=movie_of
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
        with tries.counted(event, only=CaptionFailed):
            answer = await captioner.caption(event.message.value or b"")
    except GivenUp as error:
        raise PermanentError("model-error", error.reason) from error
    if answer.tagger != info.tagger:
        raise PermanentError(
            "other-tagger",
            f"This frame was planned for tagger {info.tagger}, but Triton serves {answer.tagger}."
            " Send the movie's title with refresh, or serve the former tagger and replay the letter.",
        )
    caption = Caption(
        movie_id=info.movie_id,
        generation=info.generation,
        video_id=info.video_id,
        slot=info.slot,
        time=info.time,
        tagger=answer.tagger,
        caption=answer.caption,
        prompt=answer.prompt,
        model_ms=answer.model_ms,
    )
    await (await captions.send(key=info.movie_id.encode(), value=encode(caption)))


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
    )
    await (await captions.send(key=info.movie_id.encode(), value=encode(failure)))


if __name__ == "__main__":
    stage.main()
