"""Pictures of any kind in the form in which the fetch stage sends frames: a tagger is taught what it will be shown."""

from __future__ import annotations

from io import BytesIO

import msgspec
from PIL import Image, UnidentifiedImageError

from movietag.frames.jpeg import encode_jpeg, pad, scale_to_fit
from movietag.frames.loading import load_picture
from movietag.settings import Settings


class FrameForm(msgspec.Struct, frozen=True):
    """The size of a frame in pixels, and its JPEG quality, 1 to 100."""

    width: int
    height: int
    quality: int

    @classmethod
    def of(cls, settings: Settings) -> FrameForm:
        """The form that the settings say: MOVIETAG_WIDTH, _HEIGHT and _JPEG_QUALITY."""
        return cls(settings.width, settings.height, settings.jpeg_quality)

    def apply(self, data: bytes) -> bytes | str:
        """The picture in a file's bytes as a frame: scaled to fit, padded with black, as a JPEG.

        A JPEG that has the size already is returned unchanged.

        Returns:
            The JPEG, or why there is none: as ``movietag.frames.loading.load_picture``.
        """
        if self._is_frame(data):
            return data
        picture = load_picture(data)
        if isinstance(picture, str):
            return picture
        fitting = scale_to_fit(picture, self.width, self.height)
        return encode_jpeg(pad(fitting, self.width, self.height), self.quality)

    def _is_frame(self, data: bytes) -> bool:
        try:
            with Image.open(BytesIO(data), formats=("JPEG",)) as image:
                upright = image.getexif().get(0x0112, 1) == 1
                image.load()
                return upright and image.size == (self.width, self.height)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
            return False
