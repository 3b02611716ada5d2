"""What stands behind the motifs: sky, ground, hills, towers, trees, stars; day and night.

A backdrop is painted once a shot, wider than the frame, and panned over. Nothing in it looks like
a motif and none of its colours depends on a tag.
"""

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

PAN = 0.12
"""Width of the backdrop beyond the frame, as a share of the frame's width."""
NIGHT_FLOOR = 44
"""Least brightness painted at night: well above what a filter for dark frames drops (24)."""


@dataclass(frozen=True, slots=True)
class Light:
    """How bright a shot is: the range of the backdrop's values (0-255)."""

    night: bool
    low: int
    high: int


def choose_light(rng: Generator) -> Light:
    """Three shots in ten play at night."""
    if rng.random() < 0.3:
        return Light(True, NIGHT_FLOOR, 85)
    return Light(False, 70, 165)


def random_colour(rng: Generator, low: int, high: int, most: float = 0.8) -> Colour:
    """Any hue, any saturation up to ``most``, value within [low, high]; BGR."""
    value = rng.uniform(low, high) / 255
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.05, most), value)
    return int(blue * 255), int(green * 255), int(red * 255)


def paint_backdrop(rng: Generator, width: int, height: int, light: Light) -> Image:
    """A picture of (height, width * (1 + PAN)), BGR."""
    wide = round(width * (1 + PAN))
    image = _gradient(rng, wide, height, light)
    for _ in range(int(rng.integers(1, 4))):
        painter = _PAINTERS[int(rng.integers(len(_PAINTERS)))]
        painter(rng, image, light)
    return image


def _gradient(rng: Generator, width: int, height: int, light: Light) -> Image:
    """A blend between two colours along a random direction: every frame differs in its large."""
    first = np.array(random_colour(rng, light.low, light.high), np.float32)
    last = np.array(random_colour(rng, light.low, light.high), np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-1, 1, width // 8, dtype=np.float32)[None, :, None] * np.cos(angle)
    y = np.linspace(-1, 1, height // 8, dtype=np.float32)[:, None, None] * np.sin(angle)
    share = np.clip((x + y + 1) / 2, 0, 1)
    small = (first * (1 - share) + last * share).astype(np.uint8)
    return np.asarray(cv2.resize(small, (width, height)), np.uint8)


def _hills(rng: Generator, image: Image, light: Light) -> None:
    height, width = image.shape[:2]
    x = np.linspace(0, width, 40)
    waves = sum(
        rng.uniform(0.02, 0.1) * np.sin(x / width * rng.uniform(3, 14) + rng.uniform(0, 6))
        for _ in range(2)
    )
    ridge = (rng.uniform(0.45, 0.85) + waves) * height
    outline = np.stack([x, ridge], 1).round().astype(np.int32)
    corners = np.array([[width, height], [0, height]], np.int32)
    cv2.fillPoly(
        image, [np.concatenate([outline, corners])], random_colour(rng, light.low, light.high)
    )


def _towers(rng: Generator, image: Image, light: Light) -> None:
    height, width = image.shape[:2]
    colour = random_colour(rng, light.low, light.high)
    left = 0
    while left < width:
        right = left + int(rng.uniform(0.05, 0.16) * width)
        top = int(rng.uniform(0.25, 0.9) * height)
        cv2.rectangle(image, (left, top), (right, height), colour, -1)
        left = right + int(rng.uniform(0.0, 0.1) * width)


def _trees(rng: Generator, image: Image, light: Light) -> None:
    height, width = image.shape[:2]
    colour = random_colour(rng, light.low, light.high)
    for _ in range(int(rng.integers(3, 9))):
        x, foot = int(rng.uniform(0, width)), int(rng.uniform(0.6, 1) * height)
        size = int(rng.uniform(0.05, 0.12) * height)
        crown = np.array([[x - size, foot], [x, foot - 3 * size], [x + size, foot]], np.int32)
        cv2.fillPoly(image, [crown], colour)


def _clouds(rng: Generator, image: Image, light: Light) -> None:
    height, width = image.shape[:2]
    colour = random_colour(rng, light.low, light.high)
    for _ in range(int(rng.integers(2, 7))):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, 0.6) * height))
        axes = (int(rng.uniform(0.05, 0.2) * width), int(rng.uniform(0.02, 0.05) * height))
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, -1)


def _stars(rng: Generator, image: Image, light: Light) -> None:
    height, width = image.shape[:2]
    colour = random_colour(rng, light.high, light.high + 60)
    for _ in range(int(rng.integers(10, 40))):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, 1) * height))
        cv2.circle(image, centre, max(1, height // 200), colour, -1)


def _stripes(rng: Generator, image: Image, light: Light) -> None:
    height, width = image.shape[:2]
    colour = random_colour(rng, light.low, light.high)
    step, lean = int(rng.uniform(0.08, 0.25) * width), int(rng.uniform(-0.5, 0.5) * width)
    for left in range(-width, 2 * width, step):
        cv2.line(image, (left, 0), (left + lean, height), colour, max(2, height // 60))


_PAINTERS = (_hills, _towers, _trees, _clouds, _stars, _stripes)
