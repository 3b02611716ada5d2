"""The case of caption: frames become captions, or failures of their slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from contract.case import Case, Message, Outcome, Sent, collected
from contract.gates import Gate
from contract.model import Model
from contract.watching import Watcher
from movietag import topics
from movietag.records import (
    Caption,
    FrameInfo,
    MovieId,
    SlotFailure,
    TaggerId,
    VideoId,
    decode_fact,
    encode,
)

FRAMES, REFUSED = 40, 7  # each so many-th frame is refused by the model
IN_FLIGHT = 8  # of the setting
TAGGER = TaggerId("contract@1")


class Frames(Case):
    """Frames -> captions; those that the model refuses -> failures of their slots, and letters."""

    name, stage, group, source = "frames", "caption", "movietag-caption", topics.FRAMES
    most_in_flight = most_seen = IN_FLIGHT

    def __init__(self, watcher: Watcher, gate: Gate, model: Model) -> None:
        super().__init__(watcher, gate)
        self._model = model

    def inputs(self, run: str) -> list[Message]:
        """Frames of four videos."""
        messages = []
        for number in range(FRAMES):
            slot, of = divmod(number, 4)
            info = FrameInfo(_movie(run), 1, VideoId(f"v{of}"), slot, slot + 0.5, TAGGER)
            key = f"{info.video_id}/{slot}".encode()
            headers = ((topics.FRAME_HEADER, encode(info)),)
            messages.append(Message(key, _picture(number), headers))
        return messages

    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """Each slot is captioned, or has failed."""
        follows: dict[Hashable, object] = {}
        for number in range(FRAMES):
            slot, of = divmod(number, 4)
            refused = number % REFUSED == 0
            said = "bad-image" if refused else f"I see {_picture(number).decode()}"
            follows[f"v{of}", slot, refused] = (said, TAGGER)
        return follows

    async def outcome(self, run: str) -> Outcome:
        """By video, slot, and whether it failed."""
        return collected(self.name, list(self._found(run)))

    def copies(self, run: str) -> Counter[Hashable]:
        """As the outcome."""
        return Counter(identity for identity, _ in self._found(run))

    def _found(self, run: str) -> Iterator[tuple[Hashable, object]]:
        for record in self.watcher.records(topics.CAPTIONS, _movie(run)):
            fact = decode_fact(record.value)
            if isinstance(fact, Caption):
                yield (fact.video_id, fact.slot, False), (fact.caption, fact.tagger)
            elif isinstance(fact, SlotFailure):
                yield (fact.video_id, fact.slot, True), (fact.error, fact.tagger)

    def hold_up(self, run: str) -> Message | None:
        """One picture that the model does not answer."""
        message = self.inputs(run)[1]
        self._model.shut(message.value)
        return message

    def slow_down(self) -> None:
        """The model says nothing."""
        self._model.shut()

    def speed_up(self) -> None:
        """Undo ``slow_down``."""
        self._model.open()

    def seen_in_flight(self, pid: int) -> int | None:
        """Frames that Triton has."""
        return self._model.waiting()

    def poison(self, run: str) -> Message:
        """A frame that does not say whose it is."""
        header = ((topics.FRAME_HEADER, b"no frame " + run.encode()),)
        return Message(f"poisoned-{run}".encode(), b"a picture", header)


def _movie(run: str) -> MovieId:
    return MovieId(f"contract-caption-{run}")


def _picture(number: int) -> bytes:
    return f"{'no picture' if number % REFUSED == 0 else 'picture'} {number}".encode()
