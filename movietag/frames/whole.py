"""A video file as one film, also where it is several files, one behind the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from movietag.errors import PermanentError
from movietag.frames.decode import frames_at
from movietag.frames.joined import Span, parts_of
from movietag.frames.sampling import targets
from movietag.frames.scene_cuts import scene_targets
from movietag.frames.sight import Sight
from movietag.frames.video import OpenVideo
from movietag.records import Sampling, SlotDropped


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a file, and the seconds of the film before it."""

    spans: list[Span]
    seconds: float
    before: float


class WholeVideo:
    """The frames of a video file.

    ``seconds`` and ``claimed`` are those of ``OpenVideo``, of all parts together.

    Raises:
        PermanentError: as ``OpenVideo``; of several parts, those without a video are passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._video: OpenVideo | None = None
        self._parts: list[_Part] = []
        self.claimed = 0.0
        spans = parts_of(path) if path.is_file() else []
        if spans:
            self.seconds = self._measure(spans)
        else:
            self._video = OpenVideo(path)
            self.seconds, self.claimed = self._video.seconds, self._video.claimed

    def frames(self, sampling: Sampling) -> Iterator[Sight | SlotDropped]:
        """As ``movietag.frames.decode.frames_at``, at the instants of ``sampling``; once, then it is closed.

        Raises:
            PermanentError: ``too-large`` if the memory does not suffice.
        """
        exact = sampling.mode == "exact"
        if self._video is None:
            yield from self._of_parts(targets(self.seconds, sampling), exact=exact)
            return
        with closing(self._video) as video:
            scenes = sampling.mode == "scenes"
            wanted = scene_targets(video, sampling) if scenes else targets(self.seconds, sampling)
            yield from frames_at(video, wanted, exact=exact)

    def _measure(self, parts: list[list[Span]]) -> float:
        before = 0.0
        error: PermanentError | None = None
        for spans in parts:
            try:
                with closing(OpenVideo(self._path, spans)) as video:
                    self._parts.append(_Part(spans, video.seconds, before))
                    before += video.seconds
                    self.claimed += video.claimed
            except PermanentError as caught:
                error = caught
        if not self._parts:
            raise error or PermanentError("not-a-video", f"{self._path.name} has no video.")
        return before

    def _of_parts(self, wanted: tuple[float, ...], *, exact: bool) -> Iterator[Sight | SlotDropped]:
        first = 0
        for part, after in zip(self._parts, [*self._parts[1:], None], strict=True):
            instants = [at for at in wanted[first:] if after is None or at < after.before]
            if not instants:
                continue
            with closing(OpenVideo(self._path, part.spans)) as video:
                since = [at - part.before for at in instants]
                for one in frames_at(video, since, exact=exact):
                    yield _moved(one, first, part.before)
            first += len(instants)


def _moved(one: Sight | SlotDropped, slots: int, seconds: float) -> Sight | SlotDropped:
    """A sight in a part, by the slots and seconds of the film."""
    if isinstance(one, SlotDropped):
        return msgspec.structs.replace(one, slot=one.slot + slots)
    return Sight(one.slot + slots, round(one.time + seconds, 6), one.picture, one.pixel_aspect)
