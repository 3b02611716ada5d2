"""Pictures before a model sees them: what is refused, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from support.picture_bytes import giant_png, picture_bytes

from movietag.captioning.pictures import decode_picture, pad_to_square, static_size
from movietag.errors import PermanentError


class TestPictures:
    @pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGBA")])
    def test_any_becomes_rgb(self, kind: str, mode: str) -> None:
        picture = decode_picture(picture_bytes(kind, mode=mode))
        assert (picture.mode, picture.size) == ("RGB", (64, 36))

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty"),
            (b"<html>no</html>", "neither JPEG nor PNG"),
            (picture_bytes("GIF"), "neither JPEG nor PNG"),
            (picture_bytes(size=(640, 360))[:500], "damaged"),
            (giant_png(20_000, 20_000), "far more pixels"),
            (giant_png(8_000, 8_000), "million"),
            (giant_png(10, 10), "damaged"),
        ],
        ids=["empty", "html", "gif", "truncated", "400 MP", "64 MP", "broken"],
    )
    def test_bad_ones_say_why(self, data: bytes, said: str) -> None:
        with pytest.raises(PermanentError, match=said) as error:
            decode_picture(data)
        assert error.value.kind == "bad-image"

    @pytest.mark.parametrize("size", [(64, 36), (36, 64), (50, 50)])
    def test_padding_keeps_all_of_it(self, size: tuple[int, int]) -> None:
        square = pad_to_square(Image.new("RGB", size, (200, 0, 0)), (1, 2, 3))
        assert square.size == (max(size), max(size))
        pixels = np.asarray(square).reshape(-1, 3)
        assert (pixels == (200, 0, 0)).all(axis=1).sum() == size[0] * size[1]
        assert ((pixels == (200, 0, 0)) | (pixels == (1, 2, 3))).all()

    @pytest.mark.parametrize(
        ("count", "most", "size"), [(1, 32, 1), (2, 32, 8), (9, 32, 32), (9, 16, 16), (3, 4, 4)]
    )
    def test_static_sizes(self, count: int, most: int, size: int) -> None:
        assert static_size(count, most) == size
