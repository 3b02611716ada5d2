"""A frame in, a caption out: what the stages know of whatever captions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from movietag.captioning.quality import QualityMarker
from movietag.errors import TransientError
from movietag.records import Caption, Context, FrameInfo, TaggerId

NOTHING_KNOWN = Context()


@dataclass(frozen=True, slots=True)
class Captioned:
    """What was said about a frame, by which tagger, asked with which rendered prompt.

    ``model_ms`` is the time the model took for it, its share of a batch, in milliseconds. A model that
    scores tags instead of writing captions gives ``confidence``, 0 to 1, of the tags that count, and the
    id of the ``vocabulary`` that it scored. ``finish`` is why the answer ended: `stop`, `length` (at the
    limit of tokens), or empty if the model does not say.
    """

    caption: str
    prompt: str
    tagger: TaggerId
    model_ms: float
    confidence: Mapping[str, float] | None = None
    vocabulary: str = ""
    finish: str = ""


class TritonAwayError(TransientError):
    """Triton does not answer, or not as a captioner; this says nothing about a frame."""

    kind: Final = "triton"


class CaptionFailed(TransientError):  # noqa: N818
    """The model was asked, and failed, died or was too late: perhaps because of this frame.

    Trying again may help (memory ran out, its process died of another frame). When the same frame
    fails again and again with no other beside it, the frame is the reason: the caller counts.
    """


class BadAnswerError(CaptionFailed):
    """The model has answered about a frame, and what it said cannot be taken.

    Nothing beside the frame has anything to do with it. Whether the frame or the model is at fault, the answer about
    another picture tells: the caller asks.
    """

    kind: Final = "bad-answer"


class Captioner(Protocol):
    """Captions frames; many calls may be in flight, which is what fills the model's batches."""

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        """Caption one frame; ``context`` is what is known of it, for prompts that ask by it.

        Of several taggers that are served at once, ``tagger`` says which is to answer; where it is
        none of them, the newest does, and the answer says so.

        Raises:
            PermanentError: ``bad-image``, the model refuses the frame; ``no-model``, as for ``versions``.
            BadAnswerError: the model has answered, with what no record can hold.
            CaptionFailed: the model failed on it, or on one beside it.
            TransientError: there is no model to ask at present, or it is too busy.
        """
        ...

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        """Which model, weights and prompt answer at present; nothing is captioned.

        Args:
            within: seconds for the answer; default: as for a caption.
            like: ask the one that would caption for this tagger; default: the newest.

        Raises:
            PermanentError: ``no-model``, as for ``versions``.
            TransientError: there is no model to ask at present.
        """
        ...

    async def versions(self) -> Mapping[TaggerId, str]:
        """The taggers that are served side by side, each with the version of the model that it is.

        Raises:
            PermanentError: ``no-model``, the model is not served, nor expected to be.
            TransientError: there is no model to ask at present.
        """
        ...

    async def close(self) -> None:
        """Close the connection; calls in flight fail."""
        ...


def caption_fact(info: FrameInfo, answer: Captioned, marker: QualityMarker) -> Caption:
    """What was said about a frame, as a fact of its movie; a caption gets its mark, scores have none."""
    scored = answer.confidence is not None
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
        quality="" if scored else marker.mark(answer.caption, answer.finish) or "",
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
