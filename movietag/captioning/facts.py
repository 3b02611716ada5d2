"""From what a tagger answers about a frame to the fact that is counted."""

from __future__ import annotations

from movietag.captioning import Captioned
from movietag.records import Caption, FrameInfo


def caption_fact(info: FrameInfo, answer: Captioned) -> Caption:
    """What was said about a frame, as a fact of its movie."""
    return Caption(
        movie_id=info.movie_id,
        generation=info.generation,
        video_id=info.video_id,
        slot=info.slot,
        time=info.time,
        tagger=answer.tagger,
        caption=answer.caption,
        prompt=answer.prompt,
        model_ms=answer.model_ms,
        confidence=dict(answer.confidence) if answer.confidence is not None else None,
        more=info.more,
    )


def other_vocabulary(answer: Captioned, counted: str) -> str:
    """Why scores cannot be counted with the vocabulary of this id, in words; empty when they can."""
    if answer.confidence is None or answer.vocabulary == counted:
        return ""
    return (
        f"The model scores the vocabulary {answer.vocabulary}, but {counted} is counted. Give both the"
        " same: MOVIETAG_VOCABULARY, and the model's parameter vocabulary."
    )
