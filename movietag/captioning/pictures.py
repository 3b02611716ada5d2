"""Pictures before a model sees them: decoded, padded to a square, filled up to few batch sizes.

Pure, and without torch: what trains, judges or fuzzes decodes frames as the served model does.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from PIL import Image, UnidentifiedImageError

from movietag.errors import PermanentError

MAX_PIXELS = 50_000_000
"""Pictures with more pixels are refused before they are decoded."""
GREY = Image.new("RGB", (640, 360), (90, 110, 130))
"""A plain picture of a frame's size: what fails on it, too, is not a frame's fault."""
_STATIC_SIZES = (1, 8, 32, 64, 128)


def decode_picture(data: bytes) -> Image.Image:
    """A JPEG or PNG as an RGB picture.

    Raises:
        PermanentError: ``bad-image``: empty, of another kind, damaged, or too large.
    """
    if not data:
        raise PermanentError("bad-image", "The picture is empty (0 bytes).")
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
        if picture.width * picture.height > MAX_PIXELS:
            raise PermanentError(
                "bad-image",
                f"The picture has {picture.width} x {picture.height} pixels; at most"
                f" {MAX_PIXELS // 1_000_000} million are taken. Make it smaller.",
            )
        return picture.convert("RGB")
    except UnidentifiedImageError:
        raise PermanentError(
            "bad-image", f"The picture ({len(data)} bytes) is neither JPEG nor PNG."
        ) from None
    except Image.DecompressionBombError:  # Pillow's own limit, from 179 million pixels on
        raise PermanentError(
            "bad-image",
            f"The picture has far more pixels than the {MAX_PIXELS // 1_000_000} million that are"
            " taken. Make it smaller.",
        ) from None
    except (OSError, ValueError, SyntaxError) as error:  # Pillow's for damaged files
        raise PermanentError("bad-image", f"The picture is damaged: {error}.") from None


@cache
def grey_jpeg() -> bytes:
    """``GREY`` as a frame."""
    data = io.BytesIO()
    GREY.save(data, "JPEG")
    return data.getvalue()


def pad_to_square(picture: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """The picture in the middle of a square, so that a processor that crops cuts nothing off."""
    side = max(picture.size)
    if picture.width == picture.height:
        return picture
    square = Image.new("RGB", (side, side), colour)
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def shaped_picture(
    data: bytes, padding: tuple[int, int, int] | None, size: tuple[int, int] | None = None
) -> Image.Image:
    """A frame as a model is shown it, in training and in serving.

    Args:
        data: JPEG or PNG.
        padding: colour with which it is padded to a square; None: it is not.
        size: width and height to which it is shrunk first; None: it is not.

    Raises:
        PermanentError: ``bad-image``.
    """
    picture = decode_picture(data)
    if size:
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return pad_to_square(picture, padding) if padding else picture


def prepare_picture(
    data: bytes, padding: tuple[int, int, int] | None, size: tuple[int, int] | None = None
) -> Image.Image | PermanentError:
    """As ``shaped_picture``; what cannot be read comes back as its error."""
    try:
        return shaped_picture(data, padding, size)
    except PermanentError as error:
        return error


def mean_colour(processor: Any) -> tuple[int, int, int]:
    """The colour that becomes zero when the processor normalises: for padding."""
    mean = getattr(processor.image_processor, "image_mean", None) or (0.5, 0.5, 0.5)
    red, green, blue = (int(255 * value) for value in mean)
    return red, green, blue


def static_size(count: int, max_batch: int) -> int:
    """The batch size to fill up to, so that few sizes are ever compiled."""
    return next((size for size in _STATIC_SIZES if count <= size <= max_batch), max_batch)
