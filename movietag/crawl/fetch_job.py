"""The child's side of decoding: a file or a folder of pictures in, frames and the fate of each slot out.

Such a child has no network: a downloaded file is in its folder (movietag.crawl.download_job).
Each message begins with one byte: ``F``, then slot and time (seconds), then a JPEG; and last ``R``, then
a FetchResult.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from movietag.crawl.sniff import check_video
from movietag.errors import PermanentError
from movietag.frames.sampling import exceeds
from movietag.records import Record, Sampling, SlotDropped, SlotTime, decode, encode
from movietag.records.bounds import Seconds

if TYPE_CHECKING:  # decoders are loaded in the child only
    from movietag.frames.extract import Extraction

BEFORE_FORKING: Final = ("movietag.frames.extract", "movietag.frames.loading")
FRAME: Final = b"F"
RESULT: Final = b"R"
HEADER: Final = struct.Struct(">Id")  # slot, time
DAMAGE: Final = ("missing", "undecodable")  # reasons that are the file's fault


class DecodeOrder(Record, frozen=True):
    """What to decode: a video, or a folder of pictures; a relative path is in the child's folder."""

    path: str
    pictures: bool
    sampling: Sampling


class FetchResult(Record, frozen=True):
    """What a video yielded: its length, and each slot either with a frame or dropped.

    ``claimed`` is the length that it should have, 0 where nothing is missing; ``downloaded``: bytes that came from a
    site.
    """

    seconds: Seconds
    slots: tuple[SlotTime, ...]
    dropped: tuple[SlotDropped, ...] = ()
    claimed: Seconds = 0.0
    downloaded: int = 0


def decode_job(job: bytes) -> Iterator[bytes]:
    """Yield the frames of a video or of a folder, then the result. Runs in a child.

    Raises:
        PermanentError: as in movietag.crawl.sniff and movietag.frames; ``no-frames``, ``damaged``.
    """
    order = decode(DecodeOrder, job)
    path = Path(order.path).absolute()
    if not order.pictures:
        check_video(path)
    from movietag.frames.extract import extract_images, extract_video  # noqa: PLC0415

    extract = extract_images if order.pictures else extract_video
    extraction = extract(path, order.sampling)
    most_lost = 1.0 if order.pictures else order.sampling.most_lost
    _refuse_damaged(extraction, 1 - _there(extraction), most_lost)
    yield from _messages(extraction, most_lost)


def _messages(extraction: Extraction, most_lost: float) -> Iterator[bytes]:
    slots: list[SlotTime] = []
    for frame in extraction:
        slots.append(SlotTime(frame.slot, frame.time))
        yield FRAME + HEADER.pack(frame.slot, frame.time) + frame.jpeg
    counts = Counter(dropped.reason for dropped in extraction.dropped)
    if not slots:
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
        raise PermanentError("no-frames", f"No frame passed the filters: {said or 'it is empty'}.")
    lost = sum(counts[reason] for reason in DAMAGE) / (len(slots) + len(extraction.dropped))
    _refuse_damaged(extraction, 1 - (1 - lost) * _there(extraction), most_lost)
    claimed = extraction.claimed if extraction.claimed > extraction.seconds else 0.0
    yield RESULT + encode(
        FetchResult(extraction.seconds, tuple(slots), extraction.dropped, claimed)
    )


def _there(extraction: Extraction) -> float:
    """The share of its length that a video has; a still has no length, and all of it."""
    return extraction.seconds / extraction.claimed if extraction.claimed else 1.0


def _refuse_damaged(extraction: Extraction, lost: float, most_lost: float) -> None:
    """Refuse a video of which too much is missing or cannot be decoded: the next candidate is better."""
    if exceeds(lost, most_lost):
        raise PermanentError(
            "damaged",
            f"{lost:.0%} of it are missing or cannot be decoded: {extraction.seconds:.1f} s of"
            f" {extraction.claimed:.1f} s are there (MOVIETAG_MOST_LOST allows {most_lost:.0%}).",
        )
