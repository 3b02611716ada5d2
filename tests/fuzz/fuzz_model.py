"""A model for a real Triton that looks at a frame as the shipped one does, and says what stands in it.

What follows ``SAY:`` behind the picture is its answer; ``LONG:n`` makes n characters of it. Runs in
Triton's stub.
"""

from __future__ import annotations

from support.stub_model import Answer, ModelError, Question, StubModel

from movietag.captioning.pictures import decode_picture
from movietag.errors import PermanentError


class TritonPythonModel(StubModel):
    """See the module."""

    def answer(self, question: Question) -> Answer:
        if "CAPTION" not in question.wanted:
            return Answer()
        try:
            decode_picture(question.image)
        except PermanentError as error:
            raise ModelError(error.reason) from None
        said = question.image.partition(b"SAY:")[2]
        if said.startswith(b"LONG:"):
            return Answer("horror " * (int(said[5:]) // 7 + 1))
        return Answer(said or b"nothing to tell")
