"""Captions by Triton over gRPC: one request a frame; Triton itself makes the batches."""

from __future__ import annotations

from tritonclient.utils import InferenceServerException

from movietag.captioning import NOTHING_KNOWN, Captioned, TritonAwayError
from movietag.captioning.triton.answers import AnswerReader, captioned
from movietag.captioning.triton.calls import OUTPUTS, WHO, ModelCalls, Question
from movietag.captioning.triton.connection import LARGEST_MESSAGE
from movietag.captioning.triton.served_model import ServedModel
from movietag.errors import PermanentError
from movietag.records import Context, TaggerId

LARGEST_IMAGE = LARGEST_MESSAGE - (64 << 10)  # the rest of the request needs some, too


class TritonCaptioner:
    """A ``Captioner``: asks one model of one Triton. Connects at the first call, in its event loop.

    Args:
        model: which one; where it is not awaited and Triton does not know it, the calls raise
            PermanentError ``no-model``.
        key: what Triton asks of every call, if anything (see ``captioning.triton.access``).
    """

    def __init__(self, model: ServedModel, key: str = "") -> None:
        self.model = model
        self._calls = ModelCalls(model, key)
        self._answers = AnswerReader(model)

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        """Caption one frame; see ``Captioner``."""
        if not jpeg:
            raise PermanentError("bad-image", "The frame is empty (0 bytes).")
        if len(jpeg) > LARGEST_IMAGE:
            raise PermanentError(
                "bad-image", f"The frame has {len(jpeg)} bytes; at most {LARGEST_IMAGE} are sent."
            )
        try:
            answer = await self._calls.ask(Question(jpeg, OUTPUTS, context), tagger)
        except InferenceServerException as error:
            raise self.model.caption_error(error) from None
        caption = self._answers.caption(answer)
        said = self._answers.said(answer)
        if tagger and said.tagger != tagger and self._calls.forget_version(tagger):
            raise TritonAwayError(
                f"Triton at {self.model.place} has changed versions; asking again."
            )
        return captioned(caption, said, self._answers.scored(answer), self._answers.finish(answer))

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        """Which tagger answers; see ``Captioner``."""
        try:
            answer = await self._calls.ask(WHO, like, within)
        except InferenceServerException as error:
            raise self.model.away(error) from None
        return self._answers.tagger(answer)

    async def versions(self) -> dict[TaggerId, str]:
        """The served versions of the model, by the tagger that each is; see ``Captioner``."""
        try:
            return await self._calls.served()
        except InferenceServerException as error:
            raise self.model.away(error) from None

    async def close(self) -> None:
        """Close the connection."""
        await self._calls.close()
