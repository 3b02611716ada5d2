"""From the bytes of a picture file to a picture: upright, opaque, 8 bits a colour.

Which format it is follows from the bytes, whatever the file is called. Of an animation the first frame is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final

import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from movietag.frames.filters import Picture
from movietag.frames.header import picture_size

LARGEST_PIXELS: Final = 50_000_000
FORMATS: Final = (
    "JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "HEIF", "JPEG2000",
)  # fmt: skip
WHITE: Final = 255
GREY: Final = 128  # the ground of what would vanish on white
STRIP: Final = 1 << 20  # pixels
PALE: Final = 200  # of 255: a mean from which on a cut-out counts as pale

pi_heif.options.DECODE_THREADS = 1
pi_heif.register_heif_opener()


def load_picture(data: bytes) -> Picture | str:
    """The picture in a file's bytes, or why there is none.

    It is turned as its EXIF data say. What is transparent becomes white; mid-grey, if what is visible is pale.

    Returns:
        Shape (h, w, 3), blue-green-red; or ``unsupported`` (none of ``FORMATS``), ``undecodable``, ``too-large``
        (more than 50 megapixels by its header, so it is not decoded; or more memory than there is).
    """
    width, height = picture_size(data) or (0, 0)  # known even where nothing else is in the file
    if width * height > LARGEST_PIXELS:
        return "too-large"
    try:
        _check_items(data)
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                return "too-large"
            _restore_orientation(image, data)
            upright = ImageOps.exif_transpose(image)
            return np.ascontiguousarray(_opaque(upright)[..., ::-1])
    except UnidentifiedImageError:
        return "unsupported"
    except (MemoryError, Image.DecompressionBombError):
        return "too-large"
    except Exception:  # noqa: BLE001  # of damaged files plugins raise whatever their parsing meets
        return "undecodable"


def _check_items(data: bytes) -> None:
    """Check that types and names of all items of a HEIC file (ISO/IEC 14496-12, 8.11.6) are text.

    pi-heif 1.4 does not: one that is none ends the process, and the whole folder with it.

    Raises:
        ValueError: one is none.
    """
    at = data.find(b"infe") if data[4:8] == b"ftyp" else -1
    while at >= 0:
        size = int.from_bytes(data[max(0, at - 4) : at], "big")
        if size < 12:  # no writer leaves it to the end of the file, or gives it in 64 bits
            raise ValueError("an item without a size")
        ids = 10 if data[at + 4 : at + 5] == b"\x03" else 8  # version, flags and numbers
        data[at + 4 + ids : at - 4 + size].decode()
        at = data.find(b"infe", at + 4)


def _restore_orientation(image: Image.Image, data: bytes) -> None:
    """Let the EXIF data of a HEIC file count where no property of its own turns it.

    libheif turns by these properties, and pi-heif then removes the orientation from the EXIF data, in any case.
    """
    told = image.info.get("original_orientation")
    if image.format == "HEIF" and told and not any(one in data for one in (b"irot", b"imir")):
        image.getexif()[ExifTags.Base.Orientation] = told


def _opaque(image: Image.Image) -> NDArray[np.uint8]:
    """Red-green-blue, without transparency."""
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        grey = _eight_bits(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=2)
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)
    pixels = np.asarray(image.convert("RGBA"), dtype=np.uint8)
    ground = _ground_of(pixels)
    solid = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in _strips(pixels):
        colour, share = _colour_and_share(pixels[rows])
        solid[rows] = colour * share + ground * (1 - share) + 0.5
    return solid


def _ground_of(pixels: NDArray[np.uint8]) -> int:
    """What is put behind a picture of red, green, blue and opacity."""
    seen, light = 0.0, 0.0
    for rows in _strips(pixels):
        colour, share = _colour_and_share(pixels[rows])
        seen += float(share.sum())
        light += float((colour.mean(axis=2, keepdims=True) * share).sum())
    pale = light / max(seen, 1e-6) >= PALE
    return GREY if pale and int(pixels[..., 3].min()) < WHITE else WHITE


def _strips(pixels: NDArray[np.uint8]) -> Iterator[slice]:
    """Rows that are computed at a time: fractions of a whole picture need 40 bytes a pixel."""
    height = max(1, STRIP // pixels.shape[1])
    return (slice(top, top + height) for top in range(0, pixels.shape[0], height))


def _colour_and_share(
    pixels: NDArray[np.uint8],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    fractions = pixels.astype(np.float32)
    return fractions[..., :3], fractions[..., 3:] / 255


def _eight_bits(levels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey levels of 16 or 32 bits or fractions, as 0 to 255."""
    values = np.nan_to_num(levels.astype(np.float64))
    highest = float(values.max(initial=0))
    if np.issubdtype(levels.dtype, np.floating):
        full = 1.0 if highest <= 1 else 255.0 if highest <= 255 else highest
    else:
        full = 255.0 if highest <= 255 else 65535.0 if highest <= 65535 else highest
    return np.asarray(np.clip(values / full, 0, 1) * 255 + 0.5, dtype=np.uint8)
