"""The keyframe in a file that an instant depends on."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from movietag.frames.extent import ROUNDING, stamp
from movietag.frames.video import OpenVideo, VideoPacket

MAX_PACKETS = 50_000  # read on the way to one instant: half an hour between keyframes
UNTOLD = 1.0  # assumed seconds of a last frame without a duration


@dataclass(frozen=True, slots=True)
class SlotKeyframe:
    """The keyframe packet for a slot; ``key`` is None when the file lacks the slot's part.

    ``target`` is the slot's instant, ``since`` where to seek to meet the keyframe again, both in the
    video's time base.
    """

    slot: int
    target: int
    since: int
    key: VideoPacket | None

    @property
    def key_stamp(self) -> int | None:
        """The presentation time of the keyframe."""
        return None if self.key is None else stamp(self.key)


class Finder:
    """Finds keyframe packets; remembers how far back it had to seek, and where the file ends."""

    def __init__(self, video: OpenVideo) -> None:
        self._video = video
        self._second = max(1, round(1 / video.base))
        self._rounding = round(ROUNDING * self._second)
        self._back = 0
        self._end: int | None = None

    def find(self, slot: int, instant: float) -> SlotKeyframe:
        """The last keyframe shown at or before ``instant`` seconds; without one, its ``key`` is None.

        A seek may land too late: transport streams have no index, others index decoding rather than
        presentation times. Then it seeks further back, doubling the distance.
        """
        video = self._video
        target = video.start + floor(instant / video.base + 1e-6)
        back = self._back
        while self._end is None or target <= self._end + self._rounding:
            since = target - back
            key, there = self._walk(since, target)
            if key is not None and there:
                self._back = back
                return SlotKeyframe(slot, target, since, key)
            if key is not None or since < video.start - self._second:
                break  # the file ends or has too many packets on the way, or its start is reached
            back = max(self._second, 2 * back)
        return SlotKeyframe(slot, target, target, None)

    def _walk(self, since: int, target: int) -> tuple[VideoPacket | None, bool]:
        """The last keyframe up to ``target``, and whether the file extends as far as that."""
        key: VideoPacket | None = None
        end: int | None = None
        untold = round(UNTOLD * self._second)
        for count, packet in enumerate(self._video.packets(since)):
            shown = stamp(packet)
            if shown is None or count > MAX_PACKETS:
                return key, False
            if (packet.dts if packet.dts is not None else shown) > target or (
                packet.is_keyframe and shown > target
            ):
                return key, True
            if packet.is_keyframe:
                key = packet
            end = max(end or shown, shown + (packet.duration or untold))
        if end is None:
            return None, False
        there = target <= end + self._rounding
        if not there:
            self._end = end
        return key, there
