"""One clock for a stream whose own clock begins again: joined recordings, HLS with discontinuities. Pure.

Such files are read once from their start to their end. Where the decoding time jumps, the frames go on right
after those before; the bytes where that happens, and those of the keyframes, are remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

LONGEST_GAP: Final = (
    10.0  # seconds without a frame that are taken for a pause, not for another clock
)
DISORDER: Final = 1.0  # seconds by which frames without decoding times are out of order


@dataclass(frozen=True, slots=True)
class PacketTime:
    """What a packet says of itself, in the stream's time base; ``pos`` is its byte in the file."""

    shown: int
    decoded: int | None
    duration: int
    pos: int | None
    key: bool


@dataclass(slots=True)
class StreamClock:
    """Times on one clock, and where in the file they are.

    ``start`` is the time of the first keyframe (of the first packet, if there is none), ``end`` that of the end
    of the last frame. ``end`` is None while the clock is empty.
    """

    second: int
    start: int = 0
    end: int | None = None
    _begins: list[int] = field(default_factory=list)  # byte where an offset begins
    _offsets: list[int] = field(default_factory=list)
    _key_times: list[int] = field(default_factory=list)
    _key_bytes: list[int] = field(default_factory=list)

    def offset_at(self, pos: int) -> int:
        """What is added to the times of packets at a byte of the file."""
        return self._offsets[max(0, bisect_right(self._begins, pos) - 1)] if self._offsets else 0

    def byte_before(self, time: int) -> int:
        """The byte of the last keyframe at or before a time; else of the first one."""
        if not self._key_bytes:
            return 0
        return self._key_bytes[max(0, bisect_right(self._key_times, time) - 1)]

    def add_offset(self, pos: int, offset: int) -> None:
        """From this byte on another offset holds."""
        self._begins.append(pos)
        self._offsets.append(offset)

    def add_keyframe(self, time: int, pos: int) -> None:
        """Remember a keyframe; one that is shown earlier than the last is none to seek to."""
        if not self._key_times or time > self._key_times[-1]:
            if not self._key_times:
                self.start = time
            self._key_times.append(time)
            self._key_bytes.append(pos)


def read_clock(packets: Iterable[PacketTime], second: int) -> StreamClock:
    """The clock of a stream.

    Args:
        packets: of one stream, in file order.
        second: units of the time base in a second, at least 1.
    """
    made = StreamClock(second)
    offset, pos, step = 0, 0, 0
    last: int | None = None
    for packet in packets:
        pos = packet.pos if packet.pos is not None and packet.pos >= pos else pos
        clock = packet.shown if packet.decoded is None else packet.decoded
        slack = second * DISORDER if packet.decoded is None else 0
        if last is None:
            made.start = packet.shown
            made.add_offset(0, 0)
        elif not -slack <= clock + offset - last <= LONGEST_GAP * second:
            offset = last + step - clock
            made.add_offset(pos, offset)
        else:
            step = max(clock + offset - last, step if step < second else 0)
        shown = packet.shown + offset
        if packet.key:
            made.add_keyframe(shown, pos)
        last = clock + offset if last is None else max(last, clock + offset)
        made.end = max(made.end or shown, shown + (packet.duration or step))
    return made
