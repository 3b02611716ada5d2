"""What a model has answered, read out of the outputs that Triton hands over.

tritonclient is not typed: a ``result`` is its InferResult.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from movietag.captioning import BadAnswerError, Captioned, TritonAwayError
from movietag.captioning.triton.served_model import ServedModel
from movietag.records import TaggerId
from movietag.records.bounds import MOST_CAPTION, TAGGER_ID, AnySeconds, Text

AnyTagger = Annotated[TaggerId, TAGGER_ID]


class ScoredTags(msgspec.Struct, frozen=True):
    """What a model that scores tags answers, in JSON: the tags that count, and of which vocabulary."""

    vocabulary: str
    confidence: dict[str, Annotated[float, msgspec.Meta(ge=0, le=1)]]


class Said(msgspec.Struct, frozen=True):
    """What a model says beside its caption, with the bounds of a record."""

    tagger: AnyTagger
    prompt: Text
    model_ms: AnySeconds


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """Reads what a model answered, and names the model where that cannot be taken."""

    model: ServedModel

    def caption(self, result: Any) -> str:
        """The caption.

        Raises:
            BadAnswerError: there is none, or it is longer than a record holds.
        """
        caption = self.text(result, "CAPTION")
        if len(caption) > MOST_CAPTION:
            raise BadAnswerError(
                f"The model {self.model.name} answered with {len(caption):,} characters; at most"
                f" {MOST_CAPTION:,} are taken. It begins: {caption[:100]!r}",
            )
        return caption

    def said(self, result: Any) -> Said:
        """What a model says beside its caption, which goes into records.

        Raises:
            BadAnswerError: some of it is not there, or no record can hold it.
        """
        try:
            made = {
                "tagger": self.text(result, "TAGGER"),
                "prompt": self.text(result, "PROMPT"),
                "model_ms": float(self._value(result, "MODEL_MS")),
            }
            return msgspec.json.decode(msgspec.json.encode(made), type=Said)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise BadAnswerError(
                f"The model {self.model.name} answered with what cannot be taken: {error}."
            ) from None

    def scored(self, result: Any) -> ScoredTags | None:
        """What a model that scores tags has found; None of one that writes captions.

        Raises:
            BadAnswerError: they cannot be read.
        """
        values = result.as_numpy("SCORED")
        if values is None or not values.size or not values.reshape(-1)[0]:
            return None
        try:
            return msgspec.json.decode(values.reshape(-1)[0], type=ScoredTags)
        except msgspec.MsgspecError as error:
            raise BadAnswerError(
                f"The model {self.model.name} answered with bad scores: {error}."
            ) from None

    def finish(self, result: Any) -> str:
        """Why the caption ended; empty of a model that does not say."""
        values = result.as_numpy("FINISH")
        if values is None or values.size != 1:
            return ""
        return self.text(result, "FINISH")

    def tagger(self, result: Any) -> TaggerId:
        """Who a model says it is.

        Raises:
            TransientError: it says nothing, or what can be no tagger's id.
        """
        said = self.text(result, "TAGGER")
        try:
            return msgspec.convert(said, AnyTagger)
        except msgspec.ValidationError as error:
            raise TritonAwayError(
                f"The model {self.model.name} at {self.model.place} calls itself {said[:200]!r}, which can"
                f" be no tagger's id ({error}). Correct the model; what waits goes on then."
            ) from None

    def text(self, result: Any, name: str) -> str:
        """The text of an output.

        Raises:
            BadAnswerError: it is not there.
        """
        value = self._value(result, name)
        return value.decode(errors="replace") if isinstance(value, bytes) else str(value)

    def _value(self, result: Any, name: str) -> Any:
        """The one value of an output.

        Raises:
            BadAnswerError: it is not there, or there are several. Triton's response cache does that, too: it
                keeps an error and gives it to the next equal request as a success without outputs.
        """
        values = result.as_numpy(name)
        if values is None or values.size == 0:
            raise BadAnswerError(
                f"The model {self.model.name} at {self.model.place} answered without {name}. If Triton's"
                " response cache is on for it, turn it off."
            )
        if values.size != 1:
            raise BadAnswerError(
                f"The model {self.model.name} at {self.model.place} answered with {values.size} values of"
                f" {name} for one frame."
            )
        return values.reshape(-1)[0]


def captioned(caption: str, said: Said, scored: ScoredTags | None, finish: str) -> Captioned:
    """All that a model answered about a frame."""
    return Captioned(
        caption=caption,
        prompt=said.prompt,
        tagger=said.tagger,
        model_ms=said.model_ms,
        confidence=scored.confidence if scored else None,
        vocabulary=scored.vocabulary if scored else "",
        finish=finish,
    )
