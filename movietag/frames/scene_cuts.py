"""Which instants show the beginnings of scenes: by keyframes, which encoders put at cuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from movietag.frames.decode import decode_keyframe
from movietag.frames.extent import stamp
from movietag.frames.filters import Picture
from movietag.frames.sampling import slots_of, span_of
from movietag.frames.video import OpenVideo
from movietag.records import Sampling

SIDE: Final = (64, 36)  # pixels in which two keyframes are compared
MOST: Final = 5_000  # keyframes compared in a video
NEAREST: Final = 0.5  # seconds between two of them


@dataclass(frozen=True, slots=True)
class Change:
    """A keyframe, in seconds from the first frame, and how much it differs from the one before (0 to 255)."""

    time: float
    amount: float


def scene_targets(video: OpenVideo, sampling: Sampling) -> tuple[float, ...]:
    """The instants that slots sample in the mode ``scenes``; as many as ``movietag.frames.sampling.targets``.

    Reads the file once, and decodes its keyframes.
    """
    span = span_of(video.seconds, sampling)
    return select(_changes(video, span), span, slots_of(video.seconds, sampling))


def select(changes: Iterable[Change], span: tuple[float, float], slots: int) -> tuple[float, ...]:
    """For each of ``slots`` equal parts of a span the change that is greatest in it, else its middle. Pure."""
    start, end = span
    part = (end - start) / slots
    best: dict[int, Change] = {}
    for change in changes:
        if start <= change.time < end:
            number = min(slots - 1, int((change.time - start) / part))
            if number not in best or change.amount > best[number].amount:
                best[number] = change
    return tuple(
        best[number].time if number in best else start + (number + 0.5) * part
        for number in range(slots)
    )


def difference(one: Picture, other: Picture) -> float:
    """The mean difference of two pictures in hue, saturation and value, as PySceneDetect's content detector takes it."""
    hue, *others = cv2.split(cv2.absdiff(one, other))
    around = np.minimum(hue, 180 - hue)  # hue is a circle of 180
    return float(np.mean([around.mean(), *(plane.mean() for plane in others)]))


def _changes(video: OpenVideo, span: tuple[float, float]) -> Iterator[Change]:
    nearest = max(NEAREST, (span[1] - span[0]) / MOST)
    last: tuple[float, Picture] | None = None
    for packet in video.packets(video.start):
        shown = stamp(packet)
        time = float(((shown or 0) - video.start) * video.base)
        if not packet.is_keyframe or (last is not None and time < last[0] + nearest):
            continue
        if time >= span[1]:
            return
        frame = decode_keyframe(video, packet)
        picture = None if frame is None else _small(frame)
        if picture is None or time < 0:
            continue
        yield Change(time, difference(picture, last[1]) if last else 255.0)
        last = time, picture


def _small(frame: VideoFrame) -> Picture | None:
    try:
        small = frame.reformat(*SIDE, format="bgr24", interpolation=Interpolation.AREA)
        return np.asarray(cv2.cvtColor(small.to_ndarray(), cv2.COLOR_BGR2HSV), np.uint8)
    except (av.FFmpegError, ValueError):
        return None
