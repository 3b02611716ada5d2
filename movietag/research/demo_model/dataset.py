"""Training pictures: stills of drawn shots, processed as the pipeline processes frames."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image as Pillow

from movietag.captioning.pictures import pad_to_square
from movietag.drawn.backdrop import Image
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.shots import ShotRenderer
from movietag.frames.jpeg import encode_jpeg, pad, scale_to_fit

FRAME_WIDTH, FRAME_HEIGHT = 640, 360
SIZES = ((640, 360), (640, 360), (854, 480), (640, 480))
PAD_COLOUR = (122, 116, 104)
"""The mean colour of CLIP's pictures, RGB: it becomes zero when the processor normalises."""


def model_input(frame: Image, side: int) -> Image:
    """A BGR frame as the model sees it: RGB, padded to a square, (side, side, 3)."""
    picture = Pillow.fromarray(np.ascontiguousarray(frame[..., ::-1]))
    square = pad_to_square(picture, PAD_COLOUR)
    return np.asarray(square.resize((side, side), Pillow.Resampling.BICUBIC), np.uint8)


def draw_tags(rng: Generator) -> tuple[str, ...]:
    """One to three tags, in the vocabulary's order."""
    chosen = rng.choice(len(DRAWN_TAGS), int(rng.integers(1, 4)), replace=False)
    return tuple(DRAWN_TAGS[number] for number in sorted(chosen))


def example(seed: int, side: int) -> tuple[Image, NDArray[np.bool_]]:
    """One picture (side, side, 3) RGB and which of DRAWN_TAGS are in it."""
    rng = np.random.default_rng((seed, 7))
    tags = draw_tags(rng)
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    still = ShotRenderer(int(rng.integers(1 << 31)), tags, width, height).frame(float(rng.random()))
    frame = pad(scale_to_fit(still, FRAME_WIDTH, FRAME_HEIGHT), FRAME_WIDTH, FRAME_HEIGHT)
    jpeg = np.frombuffer(encode_jpeg(frame, int(rng.integers(45, 92))), np.uint8)
    seen = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    return model_input(seen, side), np.array([tag in tags for tag in DRAWN_TAGS])


def _chunk(seeds: range, side: int) -> tuple[Image, NDArray[np.bool_]]:
    cv2.setNumThreads(1)
    pairs = [example(seed, side) for seed in seeds]
    return np.stack([picture for picture, _ in pairs]), np.stack([tags for _, tags in pairs])


def examples(
    first_seed: int, count: int, side: int, processes: int, done: Callable[[int], None]
) -> tuple[Image, NDArray[np.bool_]]:
    """``count`` examples of seeds from ``first_seed`` on: pictures (n, side, side, 3), tags (n, t).

    ``done`` is called with the number of examples of each finished chunk.
    """
    size = min(100, -(-count // processes))
    chunks: list[tuple[Image, NDArray[np.bool_]]] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        seeds = range(first_seed, first_seed + count)
        parts = [seeds[at : at + size] for at in range(0, count, size)]
        for chunk in pool.map(_chunk, parts, [side] * len(parts)):
            chunks.append(chunk)
            done(len(chunk[1]))
    return np.concatenate([c[0] for c in chunks]), np.concatenate([c[1] for c in chunks])


def batches(rng: Generator, count: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Endless shuffled batches of indices below ``count``."""
    while True:
        order = rng.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]
