"""MP4 files that are several, one behind the other: HLS with discontinuities, as a download writes it.

FFmpeg plays the first of them only. A part begins where a new header comes, or where a track's clock begins again;
each is read as a file of its own, made of the header and its bytes.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

MOST_BOXES: Final = 200_000
MOST_PARTS: Final = 500
LARGEST_MOOF: Final = 1 << 20  # bytes
_STARTS: Final = frozenset({b"ftyp", b"styp", b"moov", b"free", b"skip", b"wide"})


class Span(NamedTuple):
    """Bytes of a file, the end excluded."""

    start: int
    end: int


class Box(NamedTuple):
    """A box of MP4 (ISO/IEC 14496-12, 4.2): its name, where it is, and where its content begins."""

    kind: bytes
    start: int
    body: int
    end: int


def parts_of(path: Path) -> list[list[Span]]:
    """The parts of a file, each as the spans that make a file of its own; none if it is but one, or no MP4."""
    with path.open("rb") as file:
        if file.read(8)[4:8] not in _STARTS:
            return []
        parts = list(_parts(file))
    return parts if 1 < len(parts) <= MOST_PARTS else []


def _parts(file: BinaryIO) -> Iterator[list[Span]]:
    header: list[Span] = []
    part: list[Span] = []
    before: list[Span] = []  # boxes that belong to the fragment after them
    clocks: dict[int, int] = {}
    media = moov = False
    for box in _boxes(file, 0, file.seek(0, io.SEEK_END)):
        span = Span(box.start, box.end)
        new = box.kind == b"ftyp" and media
        again = False
        if box.kind == b"moof":
            times = dict(_decode_times(file, box))
            again = any(time < clocks.get(track, 0) for track, time in times.items())
            clocks = times if again else clocks | times
        if new or (again and media):
            yield part
            part, media = [] if new else list(header), False
            if new:
                header, before, clocks, moov = [], [], {}, False
        if box.kind in {b"styp", b"sidx", b"emsg", b"prft"}:
            before.append(span)
            continue
        if box.kind in {b"ftyp", b"moov"} and not (box.kind == b"moov" and moov):
            header.append(span)
            moov = moov or box.kind == b"moov"
        media = media or box.kind in {b"mdat", b"moof"}
        part += [*before, span]
        before = []
    yield part


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes in a range of a file; it ends where a box is none."""
    for _ in range(MOST_BOXES):
        if start >= end:  # the size of the box before may be anything
            return
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        body = start + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
            body += 8
        elif size == 0:
            size = end - start
        if size < body - start:
            return
        yield Box(kind, start, body, min(start + size, end))
        start += size


def _decode_times(file: BinaryIO, moof: Box) -> Iterator[tuple[int, int]]:
    """Of each track in a fragment its number and the decoding time of its first frame."""
    if moof.end - moof.start > LARGEST_MOOF:
        return
    for traf in _boxes(file, moof.body, moof.end):
        if traf.kind != b"traf":
            continue
        track, time = None, None
        for box in _boxes(file, traf.body, traf.end):
            file.seek(box.body)
            data = file.read(16)
            if box.kind == b"tfhd" and len(data) >= 8:
                (track,) = struct.unpack_from(">I", data, 4)
            if box.kind == b"tfdt" and len(data) >= 12:
                (time,) = struct.unpack_from(">Q" if data[0] else ">I", data, 4)
        if track is not None and time is not None:
            yield track, time


class SpansFile(io.RawIOBase):
    """A read-only file made of spans of another one."""

    def __init__(self, path: Path, spans: Sequence[Span]) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._spans = spans
        self._starts = [0]
        for span in spans:
            self._starts.append(self._starts[-1] + span.end - span.start)
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The position, in bytes from its start."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, as files do."""
        since = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        self._at = max(0, since + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes, all for -1; none at the end."""
        left = self._starts[-1] - self._at
        left = left if size < 0 else min(size, left)
        data = b""
        while left > 0:
            number = bisect_right(self._starts, self._at) - 1
            within = self._at - self._starts[number]
            span = self._spans[number]
            self._file.seek(span.start + within)
            got = self._file.read(min(left, span.end - span.start - within))
            if not got:
                break
            data += got
            self._at += len(got)
            left -= len(got)
        return data

    def close(self) -> None:
        """Close the file below, too."""
        self._file.close()
        super().close()
