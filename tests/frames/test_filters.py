import cv2
import numpy as np
import pytest
from drawn_videos import decoded, numbered, textured
from hypothesis import given
from hypothesis import strategies as st

from movietag.frames.filters import Picture, hamming, is_dark, is_flat, perceptual_hash
from movietag.frames.jpeg import encode_jpeg, scale_to_fit


def plain(level: int, bright_share: float = 0.0) -> Picture:
    picture = np.full((180, 320, 3), level, np.uint8)
    picture[: round(180 * bright_share)] = 255
    return picture


@pytest.mark.parametrize(
    ("picture", "dark", "flat"),
    [
        (plain(0), True, True),
        (plain(23), True, True),
        (plain(24), False, True),
        (plain(0, 0.045), True, False),  # a line of text on black: dark, though not flat
        (plain(0, 0.06), False, False),
        (plain(200), False, True),
        (textured(1), False, False),
        (numbered(0b101), False, False),
    ],
)
def test_dark_and_flat(picture: Picture, dark: bool, flat: bool) -> None:
    assert is_dark(picture) == dark
    assert is_flat(picture) == flat


@pytest.mark.parametrize("seed", range(8))
def test_hash_survives_compression_and_scaling(seed: int) -> None:
    picture = textured(seed)
    code = perceptual_hash(picture)
    assert 0 <= code < 1 << 64
    assert hamming(code, perceptual_hash(decoded(encode_jpeg(picture, 30)))) <= 4
    assert hamming(code, perceptual_hash(scale_to_fit(picture, 640, 360))) <= 4


def test_hash_tells_pictures_apart() -> None:
    codes = [perceptual_hash(textured(seed)) for seed in range(20)]
    apart = [hamming(a, b) for i, a in enumerate(codes) for b in codes[:i]]
    assert min(apart) > 12
    assert 28 < np.mean(apart) < 36


def test_hash_of_a_mirrored_picture_is_another() -> None:
    picture = textured(3)
    mirrored = np.asarray(cv2.flip(picture, 1), np.uint8)
    assert hamming(perceptual_hash(picture), perceptual_hash(mirrored)) > 12


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63)))
def test_hamming_counts_flipped_bits(code: int, bits: set[int]) -> None:
    assert hamming(code, code ^ sum(1 << bit for bit in bits)) == len(bits)
