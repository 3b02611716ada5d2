"""Where the pictures of a video begin and end, whatever its container says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import av

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

ROUNDING: Final = 0.1  # allowed seconds between a stated length and the last frame's end
MAX_SCAN: Final = 2_000_000  # packets read to find an end
FIRST: Final = 3_000  # packets among which the first keyframe is sought
OTHERS: Final = 50_000  # packets among which one of another stream is sought after the video's last
_BACK: Final = (0, 10, 100, 1000)  # seconds before its end from which they are read
OUTLIER: Final = 60.0  # seconds: a frame later than the others by more has a damaged time
_COUNTED_FROM_ZERO: Final = (
    "matroska,webm",
    "flv",
)  # their length includes the time before the start
# The tag that Matroska writers add; no video has more hours.
_DURATION: Final = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)")

Packets = Callable[[int | None], "Iterable[Packet[VideoStream]]"]


class Extent(NamedTuple):
    """``start`` and ``end`` in the stream's time base; ``claimed`` seconds is what the video should have.

    ``claimed`` differs from the length where the end of the file is missing.
    """

    start: int
    end: int
    claimed: float


def extent(container: InputContainer, stream: VideoStream, packets: Packets) -> Extent:
    """Find the first picture and the end of the last one.

    Args:
        container: open; it is read.
        stream: the video.
        packets: yields those of ``stream`` from about a time on, from the file's start for None.
    """
    base = stream.time_base or Fraction(1, 1000)
    start = _start(container, stream, packets, base)
    own = _stated_by_stream(stream, base)
    whole = _stated_by_container(container, start, base)
    stated = own or whole
    last = _last_frame(start, stated, packets, base)
    if stated is not None:
        claimed = start + round(stated / base)
        rounding = ROUNDING / base
        if last is None or last[0] - rounding <= claimed <= last[1] + rounding:
            return Extent(start, claimed, stated)
    end = start if last is None else max(start, last[1])
    seconds = float((end - start) * base)
    if own is None and whole and whole > seconds and _others_last(container, stream, end * base):
        whole = None
    return Extent(start, end, max(seconds, own or whole or 0.0))


def stamp(packet: Packet[Any]) -> int | None:
    """The presentation time of a packet's frame; old containers have only its decoding time."""
    return packet.dts if packet.pts is None else packet.pts


def _start(container: InputContainer, stream: VideoStream, packets: Packets, base: Fraction) -> int:
    """The stated start; of a recording that begins between keyframes, the first of these."""
    stated = stream.start_time
    if stated is None:
        stated = round((container.start_time or 0) / (av.time_base * base))
    for number, packet in enumerate(islice(packets(None), FIRST)):
        if packet.is_keyframe or packet.is_discard:
            shown = stamp(packet)
            return stated if not number or shown is None else max(stated, shown)
    return stated


def _stated_by_stream(stream: VideoStream, base: Fraction) -> float | None:
    if stream.duration and stream.duration > 0:
        return float(stream.duration * base)
    found = _DURATION.match(stream.metadata.get("DURATION", ""))
    if found is None:
        return None
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
    return seconds - max(0.0, float((stream.start_time or 0) * base)) or None


def _stated_by_container(container: InputContainer, start: int, base: Fraction) -> float | None:
    if not container.duration or container.duration < 0:
        return None
    seconds = container.duration / av.time_base
    if container.format.name in _COUNTED_FROM_ZERO:
        seconds -= max(0.0, float(start * base))
    return seconds if seconds > 0 else None


def _last_frame(
    start: int, stated: float | None, packets: Packets, base: Fraction
) -> tuple[int, int] | None:
    """When the last frame is shown, and its end: sought from the stated end on, then from ever farther before it."""
    second = max(1, round(1 / base))
    if stated is None:
        return _last(packets(None), second)
    claimed = start + round(stated / base)
    back = 0
    while True:
        last = _last(packets(claimed - back), second)
        if last is not None or claimed - back < start:
            return last
        back = max(second, 2 * back)


def _last(packets: Iterable[Packet[VideoStream]], second: int) -> tuple[int, int] | None:
    last: int | None = None
    end = 0
    for packet in islice(packets, MAX_SCAN):
        shown = stamp(packet)
        if shown is None or (last is not None and shown > end + OUTLIER * second):
            continue
        gap = 0 if last is None else max(0, shown - last)
        end = max(shown if last is None else end, shown + (packet.duration or gap))
        last = shown if last is None else max(last, shown)
    return None if last is None else (last, end)


def _others_last(container: InputContainer, stream: VideoStream, end: Fraction) -> bool:
    """Whether another stream goes on after the end of the video: then nothing of the video is missing."""
    for back in _BACK:
        any_read = False
        try:
            container.seek(max(0, round((end - back) / (stream.time_base or 1))), stream=stream)
            for packet in islice(container.demux(), OTHERS):
                at = packet.dts if packet.pts is None else packet.pts
                any_read = any_read or at is not None
                other = packet.stream_index != stream.index and at is not None
                if other and (at or 0) * packet.time_base > end + 1:
                    return True
        except (av.FFmpegError, ValueError, IndexError):  # IndexError: a stream begins here
            continue
        if any_read:
            break
    return False
