"""Thumbnails of frames, for pages."""

from __future__ import annotations

import cv2
import numpy as np

from movietag.errors import PermanentError
from movietag.frames.header import picture_size
from movietag.frames.jpeg import encode_jpeg, scale_to_fit

WIDTH = 320  # pixels
QUALITY = 80
MOST_PIXELS = 4096 * 4096  # of a frame: the maximum of the settings


def thumbnail(jpeg: bytes, width: int = WIDTH) -> bytes:
    """A smaller JPEG of a frame, ``width`` pixels wide, or as wide as the frame if that is narrower.

    Raises:
        PermanentError: ``bad-image``: it is not a picture, or has more pixels than any frame.
    """
    shown = picture_size(jpeg)
    if shown is None or not 0 < shown[0] * shown[1] <= MOST_PIXELS:
        raise PermanentError("bad-image", "The frame is not a picture, or is too large.")
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise PermanentError("bad-image", "The frame cannot be decoded.")
    wide = min(width, picture.shape[1])
    return encode_jpeg(
        scale_to_fit(np.asarray(picture, dtype=np.uint8), wide, picture.shape[0]), QUALITY
    )
