"""From a decoded frame to a picture: upright, 8 bits, in the colours of SDR."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from movietag.frames.filters import Picture
from movietag.frames.hdr import Transfer, to_sdr, transfer_of
from movietag.frames.upright import turn_of

WIDEST_HDR = 1920  # pixels: tone mapping needs 36 bytes a pixel


@dataclass(frozen=True, slots=True)
class Sight:
    """A decoded picture for a slot, upright, in the size that the file stores.

    ``time`` is in seconds from the video's first frame; ``pixel_aspect`` is the width of a pixel
    divided by its height.
    """

    slot: int
    time: float
    picture: Picture
    pixel_aspect: Fraction


def picture_of(
    frame: VideoFrame, colours: tuple[int, int], pixel_aspect: Fraction
) -> tuple[Picture, Fraction]:
    """The picture of a frame, and the width of its pixels divided by their height.

    Args:
        frame: decoded.
        colours: the numbers of its transfer characteristics and primaries (ITU-T H.273, tables 3 and 2).
        pixel_aspect: of the frame before it is turned.

    Raises:
        MemoryError: there is too little.
        av.FFmpegError, ValueError: its format cannot be converted.
    """
    transfer = transfer_of(*colours)
    picture = _plain(frame) if transfer is None else _mapped(frame, transfer)
    turn = turn_of(frame)
    return turn(picture), 1 / pixel_aspect if turn.transposed else pixel_aspect


def _plain(frame: VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)


def _mapped(frame: VideoFrame, transfer: Transfer) -> Picture:
    width = min(frame.width, WIDEST_HDR)
    height = max(1, round(frame.height * width / frame.width))
    deep = frame.reformat(width=width, height=height, format="rgb48le").to_ndarray()
    return to_sdr(np.asarray(deep, dtype=np.uint16), transfer)
