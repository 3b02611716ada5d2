"""The frames of a video at given instants, by PyAV: nearest keyframes, or exact ones.

A keyframe costs one decoded packet, however long the video is: seek, take the last keyframe packet at or before
the instant, decode only that, drain, flush. Encoders put keyframes at cuts, so these are mostly the first
pictures of shots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import av
from av.video.frame import VideoFrame

from movietag.frames.extent import stamp
from movietag.frames.keyframes import Finder, SlotKeyframe
from movietag.frames.opening import out_of_memory
from movietag.frames.sight import Sight, picture_of
from movietag.frames.video import OpenVideo, VideoPacket
from movietag.records import SlotDropped


def frames_at(
    video: OpenVideo, wanted: Sequence[float], *, exact: bool
) -> Iterator[Sight | SlotDropped]:
    """Yield, in order, a picture for each instant, or the reason why there is none.

    Args:
        video: open; it is read, and its decoder used, until the iterator ends.
        wanted: ascending, in seconds from the first frame; slot i is that of ``wanted[i]``.
        exact: take the frame shown at the instant. Else take the last keyframe at or before it, in
            the same group of pictures; where several instants share a keyframe, the first gets it
            and the later ones get the frame shown at their instant.

    A frame's time is never after its instant, and no frame is yielded twice: a slot whose frame another slot
    has is dropped as ``duplicate``. ``missing`` is a slot whose part of the file is missing (cut off, or more
    than 50,000 packets after a keyframe); ``undecodable`` one whose packets are damaged.

    Raises:
        PermanentError: ``too-large`` if the memory does not suffice.
    """
    seen: set[int] = set()
    finder = Finder(video)
    found = (finder.find(slot, instant) for slot, instant in enumerate(wanted))
    for key_stamp, group in groupby(found, key=lambda one: one.key_stamp):
        if key_stamp is None:
            yield from (SlotDropped(one.slot, "missing") for one in group)
            continue
        slots = list(group)
        for one, frame in zip(slots, _of_group(video, slots, exact=exact), strict=True):
            yield _sight(video, one.slot, frame, seen)


def _of_group(
    video: OpenVideo, slots: list[SlotKeyframe], *, exact: bool
) -> Iterator[VideoFrame | None]:
    """The frames of slots that share a keyframe."""
    instants = [one.target for one in slots]
    key = slots[0].key_stamp
    if not exact and key is not None:
        instants[0] = max(key, video.start)  # an edit may hide the keyframe itself
    if instants == [key]:
        alone = decode_keyframe(video, slots[0].key)
        if alone is not None:
            yield alone
            return
        instants = [slots[0].target]  # a keyframe that is no whole picture: decode on from it
    yield from _forward(video, slots[0], instants)


def decode_keyframe(video: OpenVideo, key: VideoPacket | None) -> VideoFrame | None:
    """A keyframe, decoded from its packet alone; None if it is damaged, or no whole picture.

    Raises:
        PermanentError: ``too-large`` if the memory does not suffice.
    """
    decoder = video.decoder
    decoder.flush_buffers()
    frames = _decode(video, key)
    if not frames:
        frames = _decode(video, None)  # the decoder buffers it for reordering
    decoder.flush_buffers()
    if key is None or key.is_corrupt or not frames:
        return None
    frames[0].pts = stamp(key)
    return frames[0]


def _forward(
    video: OpenVideo, found: SlotKeyframe, instants: list[int]
) -> Iterator[VideoFrame | None]:
    """The frame shown at each instant; decodes once, from the keyframe on.

    Decoders flag a damaged frame, but not those predicted from it: these are skipped too, up to the next intact
    keyframe.
    """
    held: VideoFrame | None = None
    damaged_since: int | None = None
    left = list(instants)
    for frame in _decoded(video, found):
        if isinstance(frame, int):
            damaged_since = frame if damaged_since is None else min(damaged_since, frame)
            continue
        if frame.pts is None:
            continue
        while left and frame.pts > left[0]:
            yield held
            left.pop(0)
        if not left:
            return
        if frame.is_corrupt:
            damaged_since = frame.pts if damaged_since is None else min(damaged_since, frame.pts)
        elif frame.key_frame and damaged_since is not None and frame.pts > damaged_since:
            damaged_since = None
        held = frame if damaged_since is None or frame.pts < damaged_since else None
    for _ in left:
        yield held


def _decoded(video: OpenVideo, found: SlotKeyframe) -> Iterator[VideoFrame | int]:
    """Frames in presentation order, from the keyframe on.

    For a packet that cannot be decoded its time is yielded instead, possibly ahead of earlier frames.
    """
    started = False
    for packet in video.packets(found.since):
        shown = stamp(packet)
        started = started or shown == found.key_stamp
        if started and shown is not None:
            frames = _decode(video, packet)
            yield from [shown] if frames is None else frames
    yield from _decode(video, None) or []


def _decode(video: OpenVideo, packet: VideoPacket | None) -> list[VideoFrame] | None:
    try:
        frames = video.decoder.decode(packet)
        video.note_aspect(packet)
        return frames
    except MemoryError:
        raise out_of_memory(video.name) from None
    except av.FFmpegError:
        return None


def _sight(
    video: OpenVideo, slot: int, frame: VideoFrame | None, seen: set[int]
) -> Sight | SlotDropped:
    if frame is None or frame.pts is None or frame.is_corrupt:
        return SlotDropped(slot, "undecodable")
    if frame.pts in seen:
        return SlotDropped(slot, "duplicate")
    aspect = video.aspect_of(frame.pts)
    try:
        colours = video.decoder.color_trc, video.decoder.color_primaries
        picture, aspect = picture_of(frame, colours, aspect)
    except MemoryError:
        raise out_of_memory(video.name) from None
    except (av.FFmpegError, ValueError):
        return SlotDropped(slot, "undecodable")
    seen.add(frame.pts)
    time = round(float((frame.pts - video.start) * video.base), 6)
    return Sight(slot, time, picture, aspect)
