"""From a picture of any size to a JPEG of a given size, without distorting or cropping."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from movietag.frames.filters import Picture


def scale_to_fit(
    picture: Picture, width: int, height: int, pixel_aspect: Fraction | int = 1
) -> Picture:
    """Scale to the largest size that fits into ``width`` x ``height`` with the true proportions.

    Args:
        picture: shape (h, w, 3).
        width: of the box, pixels.
        height: of the box, pixels.
        pixel_aspect: width of a pixel of the picture divided by its height; 1 for square ones.

    Returns:
        Shape (h', w', 3) with h' = ``height`` or w' = ``width``, both at least 1.
    """
    shown = picture.shape[1] * float(pixel_aspect)
    scale = min(width / shown, height / picture.shape[0])
    size = (
        min(width, max(1, round(shown * scale))),
        min(height, max(1, round(picture.shape[0] * scale))),
    )
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)


def pad(picture: Picture, width: int, height: int) -> Picture:
    """Centre a picture that fits into ``width`` x ``height`` on black."""
    h, w = picture.shape[:2]
    if (w, h) == (width, height):
        return picture
    left, top = (width - w) // 2, (height - h) // 2
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[top : top + h, left : left + w] = picture
    return canvas


def encode_jpeg(picture: Picture, quality: int) -> bytes:
    """Encode a baseline JPEG of ``quality`` 1 to 100; the same picture always gives the same bytes."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError(f"OpenCV could not write a JPEG of shape {picture.shape}.")
    return data.tobytes()
