"""A captioner that answers from a dict: what asks a captioner is tried without a model and without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from movietag.captioning import NOTHING_KNOWN, Captioned, Captioner
from movietag.errors import PermanentError
from movietag.records import Context, TaggerId

Outcome = str | Captioned | Exception
"""What comes of a frame: a caption, all that is said of it, or an error that is raised."""

FAKE_TAGGER: Final = TaggerId("fake@1")


@dataclass(frozen=True, slots=True)
class FakeCall:
    """A frame that a fake was asked about, with what was known of it, and who was to answer."""

    jpeg: bytes
    context: Context
    tagger: TaggerId | None


class FakeCaptioner(Captioner):
    """Answers from a dict, at once, and remembers what it was asked.

    Attributes:
        calls: the frames that it was asked about, in order.
        taggers: those that it serves, the newest last; may be changed between calls.
        away: raised by every call while it is set: the server cannot be reached.

    Args:
        answers: what comes of a frame, by its bytes. Of several outcomes each call takes the next; the last
            one stays.
        otherwise: what comes of every other frame.
        taggers: those that are served, the newest last; one at least.
    """

    def __init__(
        self,
        answers: Mapping[bytes, Outcome | Sequence[Outcome]] | None = None,
        otherwise: Outcome = "A scene of a movie.",
        taggers: Sequence[TaggerId] = (FAKE_TAGGER,),
    ) -> None:
        self._outcomes = {jpeg: _several(answer) for jpeg, answer in (answers or {}).items()}
        self._otherwise = otherwise
        self.taggers = list(taggers)
        self.calls: list[FakeCall] = []
        self.away: Exception | None = None

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        """Answer from the dict; see ``Captioner``. A caption alone takes no time and has no scores."""
        if not jpeg:
            raise PermanentError("bad-image", "The frame is empty (0 bytes).")
        self.calls.append(FakeCall(jpeg, context, tagger))
        answering = await self.tagger(like=tagger)
        outcome = self._next(jpeg)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Captioned):
            return outcome
        return Captioned(caption=outcome, prompt="Describe.", tagger=answering, model_ms=0.0)

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        """Which tagger answers; see ``Captioner``."""
        if self.away:
            raise self.away
        return like if like is not None and like in self.taggers else self.taggers[-1]

    async def versions(self) -> dict[TaggerId, str]:
        """The taggers, numbered from 1; see ``Captioner``."""
        if self.away:
            raise self.away
        return {tagger: str(number) for number, tagger in enumerate(self.taggers, 1)}

    async def close(self) -> None:
        """Nothing is open."""

    def _next(self, jpeg: bytes) -> Outcome:
        left = self._outcomes.get(jpeg)
        if left is None:
            return self._otherwise
        return left.pop(0) if len(left) > 1 else left[0]


def _several(answer: Outcome | Sequence[Outcome]) -> list[Outcome]:
    if isinstance(answer, str | Captioned | Exception):
        return [answer]
    return list(answer)
