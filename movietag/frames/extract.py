"""Frames of a video, or of a folder of pictures: sampled, filtered, resized, as JPEG.

The filters run in the order dark, flat, card, duplicate, on the resized picture before it is padded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import msgspec

from movietag.frames.cards import is_card
from movietag.frames.decode import frames_at
from movietag.frames.filters import Picture, hamming, is_dark, is_flat, perceptual_hash
from movietag.frames.joined import parts_of
from movietag.frames.jpeg import encode_jpeg, pad, scale_to_fit
from movietag.frames.pictures import list_pictures, pictures_at
from movietag.frames.sight import Sight
from movietag.frames.video import OpenVideo, VideoInfo
from movietag.frames.whole import WholeVideo
from movietag.records import Sampling, SlotDropped


@dataclass(frozen=True, slots=True)
class ExtractedFrame:
    """A slot's frame: taken ``time`` seconds after the first one, as a JPEG of the configured size."""

    slot: int
    time: float
    jpeg: bytes


class Extraction:
    """The frames of one source, in the order of their slots; iterate over it once.

    Frames are decoded on demand, so those yielded before an error or a deadline remain valid. Each slot is
    either yielded or in ``dropped``, which is complete once the iteration has ended. ``seconds`` is the length
    of what there is of the video (of a folder: its number of pictures), ``claimed`` the length that it should
    have, which is greater where the file is cut off; both are known from the start.

    Raises:
        PermanentError: while iterating, ``too-large`` if the memory does not suffice.
    """

    def __init__(
        self,
        seconds: float,
        found: Iterator[Sight | SlotDropped],
        sampling: Sampling,
        claimed: float | None = None,
    ) -> None:
        self.seconds = seconds
        self.claimed = seconds if claimed is None else claimed
        self._found = found
        self._sampling = sampling
        self._dropped: list[SlotDropped] = []
        self._kept: list[int] = []

    @property
    def dropped(self) -> tuple[SlotDropped, ...]:
        """The slots without a frame, by slot.

        Reasons: ``dark``, ``flat``, ``card``, ``duplicate``, ``undecodable``, ``missing``; of pictures in a
        folder also ``too-large``, ``outside`` and ``unsupported``.
        """
        return tuple(self._dropped)

    def __iter__(self) -> Iterator[ExtractedFrame]:
        size = self._sampling.width, self._sampling.height
        for found in self._found:
            if isinstance(found, SlotDropped):
                self._dropped.append(found)
                continue
            picture = scale_to_fit(found.picture, *size, found.pixel_aspect)
            reason = self._judge(picture)
            if reason:
                self._dropped.append(SlotDropped(found.slot, reason))
                continue
            jpeg = encode_jpeg(pad(picture, *size), self._sampling.jpeg_quality)
            yield ExtractedFrame(found.slot, found.time, jpeg)

    def _judge(self, picture: Picture) -> str:
        """Why a picture is dropped; empty if it is retained (and remembered)."""
        if self._sampling.drop_dark and is_dark(picture):
            return "dark"
        if self._sampling.drop_flat and is_flat(picture):
            return "flat"
        if self._sampling.drop_cards and is_card(picture):
            return "card"
        if self._sampling.duplicate_bits < 0:
            return ""
        code = perceptual_hash(picture)
        if any(hamming(code, one) <= self._sampling.duplicate_bits for one in self._kept):
            return "duplicate"
        self._kept.append(code)
        return ""


def extract_video(path: Path, sampling: Sampling) -> Extraction:
    """Open a video to extract its frames at the instants of ``sampling.targets``.

    In mode ``keyframes`` a frame's time is at or before its target, in the same group of pictures; in
    mode ``exact`` it is that of the frame shown at the target; in mode ``scenes`` that of a keyframe at which
    much changes, in the slot's part of the video.

    Raises:
        PermanentError: ``not-a-video``, ``no-video-stream``, ``no-decoder``, ``dolby-vision`` or ``too-large``,
            immediately.
    """
    whole = WholeVideo(path)
    return Extraction(whole.seconds, whole.frames(sampling), sampling, whole.claimed)


def extract_images(folder: Path, sampling: Sampling) -> Extraction:
    """Extract the pictures of a folder, sorted by name; at most ``sampling.slots`` of them, spread evenly.

    Slots number the pictures taken; a frame's time is the picture's index in the folder (0.0, 1.0, …).

    Raises:
        PermanentError: ``not-a-folder`` or ``no-pictures``, immediately.
    """
    pictures = list_pictures(folder, subfolders=sampling.subfolders)
    found = pictures_at(folder, pictures, sampling.slots)
    # A product with a label on white is no card.
    without_cards = msgspec.structs.replace(sampling, drop_cards=False)
    return Extraction(float(len(pictures)), found, without_cards)


def probe(path: Path) -> VideoInfo:
    """Length and display size of a video; its first keyframe tells whether it is rotated.

    Raises:
        PermanentError: as ``extract_video``.
    """
    with closing(OpenVideo(path)) as video:
        first = next(frames_at(video, (0.0,), exact=False))
        if isinstance(first, Sight):
            height, width = first.picture.shape[:2]
            aspect = first.pixel_aspect
        else:
            width, height, aspect = video.decoder.width, video.decoder.height, video.pixel_aspect
        wider, higher = max(aspect, Fraction(1)), max(1 / aspect, Fraction(1))
        seconds = WholeVideo(path).seconds if parts_of(path) else video.seconds
        return VideoInfo(seconds, round(width * wider), round(height * higher), video.format)
