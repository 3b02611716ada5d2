"""Clips of local files: which part, and cutting it in a child with limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from movietag.errors import PermanentError, UsageError
from movietag.playing.cutting import COPIED, ENCODED, ClipOrder
from movietag.records import encode
from movietag.sandbox.access import Access
from movietag.sandbox.child import Limits
from movietag.sandbox.parent import run_child
from movietag.settings import Settings

MOST_SECONDS: Final = 300.0  # of a clip
MOST_BYTES: Final = 256 << 20
AFTER: Final = 3.0  # seconds of a scene's clip after its last frame
_TIME: Final = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClipRange:
    """Which part of a video, in seconds from its first frame."""

    start: float
    end: float

    @classmethod
    def parse(cls, start: str, end: str) -> ClipRange:
        """What people write: `75`, `1:15.5` or `0:01:15`.

        Raises:
            UsageError: a text is no time, or the part is empty or too long.
        """
        part = cls(clip_seconds(start), clip_seconds(end))
        if part.end <= part.start:
            raise UsageError(
                f"A clip from {start} to {end} is empty: its end must be after its start."
            )
        if part.end - part.start > MOST_SECONDS:
            raise UsageError(
                f"A clip may last {MOST_SECONDS:.0f} s; from {start} to {end} is longer."
            )
        return part

    @classmethod
    def of_scene(cls, start: float, end: float) -> ClipRange:
        """The part that shows a scene: to some seconds after its last frame."""
        return cls(start, min(end + AFTER, start + MOST_SECONDS))


def clip_seconds(text: str) -> float:
    """The seconds that a text names.

    Raises:
        UsageError: it names none.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"{text!r} is no time: write seconds, or minutes and seconds as in 1:15.5."
        )
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


async def cut_clip(
    path: Path, part: ClipRange, out: BinaryIO, settings: Settings, seconds: float
) -> bool:
    """Cut a part out of a video file, and write it to ``out`` as an MP4; whether its video is copied unchanged.

    The file is read in a child that sees nothing else, within ``seconds`` and ``MOST_BYTES``.

    Raises:
        PermanentError: the file is not a video, or ends before the part; ``too-slow`` or ``too-large``: beyond a limit.
        MachineError: this machine is at fault, e.g. its disk is full.
    """
    made: list[bytes] = []

    async def take(message: bytes) -> None:
        if made:
            out.write(message)
        elif message in (COPIED, ENCODED):
            made.append(message)
        else:
            raise PermanentError("crashed", "The child that cut the clip sent an invalid message.")

    await run_child(
        "movietag.playing.cutting:clip_job",
        encode(ClipOrder(str(path), part.start, part.end)),
        Limits(seconds, settings.fetch_memory, MOST_BYTES),
        take,
        access=Access(reads=(path,)),
    )
    return made == [COPIED]
