"""A shop's product pictures, drawn: six kinds of things in four colours, so ten tags that no movie has.

``python -m movietag.drawn.products shop`` draws 100 products, a folder each with four views, and a ``tags.csv``: what
docs/finetuning.md walks through without pictures of one's own. The same seed is the same picture.
"""

from __future__ import annotations

import argparse
import colorsys
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from movietag.drawn.backdrop import Colour, Image
from movietag.drawn.motifs import Ink, Polygon, arc, box, oval, poly
from movietag.frames.jpeg import encode_jpeg

SIDE: Final = 256  # pixels
VIEWS: Final = 4  # pictures a product
THINGS: Final[Mapping[str, tuple[Polygon, ...]]] = {
    "mug": (
        arc(Ink.BODY, 0.5, 0.1, 0.4, 0.18, -90, 90),
        box(Ink.BODY, -0.6, -0.7, 0.5, 0.8),
        oval(Ink.DETAIL, -0.05, -0.7, 0.55, 0.16),
    ),
    "shirt": (
        poly(Ink.BODY, (-0.4, -0.8), (0.4, -0.8), (1.0, -0.3), (0.75, 0.05), (0.5, -0.2), (0.5, 0.9),
             (-0.5, 0.9), (-0.5, -0.2), (-0.75, 0.05), (-1.0, -0.3)),
        oval(Ink.DETAIL, 0.0, -0.8, 0.22, 0.14),
    ),
    "lamp": (
        box(Ink.DETAIL, -0.08, -0.1, 0.08, 0.85),
        oval(Ink.DETAIL, 0.0, 0.88, 0.5, 0.12),
        poly(Ink.BODY, (-0.3, -0.9), (0.3, -0.9), (0.75, 0.05), (-0.75, 0.05)),
    ),
    "chair": (
        box(Ink.BODY, -0.6, -0.95, -0.4, 0.95),
        box(Ink.BODY, -0.6, 0.05, 0.6, 0.28),
        box(Ink.BODY, 0.4, 0.05, 0.6, 0.95),
        box(Ink.DETAIL, -0.4, -0.75, -0.3, 0.05),
    ),
    "ball": (
        oval(Ink.BODY, 0.0, 0.0, 0.85),
        arc(Ink.DETAIL, -0.9, 0.0, 0.9, 0.08, -55, 55),
        arc(Ink.DETAIL, 0.9, 0.0, 0.9, 0.08, 125, 235),
    ),
    "boot": (
        poly(Ink.BODY, (-0.6, -0.95), (0.1, -0.95), (0.1, 0.1), (0.85, 0.35), (0.9, 0.75), (-0.6, 0.75)),
        box(Ink.DETAIL, -0.65, 0.75, 0.95, 0.92),
    ),
}  # fmt: skip
HUES: Final[Mapping[str, float]] = {"red": 0.0, "yellow": 0.15, "green": 0.36, "blue": 0.61}
PRODUCT_TAGS: Final = (*THINGS, *HUES)


@dataclass(frozen=True, slots=True)
class Product:
    """A thing of the shop: its folder's name, and what it is."""

    name: str
    thing: str
    colour: str

    @property
    def tags(self) -> tuple[str, str]:
        """What all of its pictures show."""
        return self.thing, self.colour


def products(count: int, seed: int = 0) -> tuple[Product, ...]:
    """Products of all kinds and colours in turn: ``mug 01``, …; their names say nothing of their colour."""
    pairs = [(thing, colour) for thing in THINGS for colour in HUES]
    order = np.random.default_rng((seed, 3)).permutation(len(pairs))
    taken = [pairs[order[number % len(pairs)]] for number in range(count)]
    return tuple(
        Product(f"product {number:03}", thing, colour)
        for number, (thing, colour) in enumerate(taken, 1)
    )


def views(product: Product, seed: int = 0, count: int = VIEWS) -> Iterator[Image]:
    """Its pictures, (SIDE, SIDE, 3) BGR: one shade, another place, size and light in each."""
    number = int(product.name.rpartition(" ")[2])
    rng = np.random.default_rng((seed, number))
    hue, rich, bright = (
        HUES[product.colour] + rng.uniform(-0.03, 0.03),
        rng.uniform(0.7, 1.0),
        rng.uniform(0.6, 0.95),
    )
    for _ in range(count):
        yield _view(
            rng, THINGS[product.thing], _bgr(hue % 1, rich, bright * rng.uniform(0.85, 1.0))
        )


def _view(rng: Generator, thing: tuple[Polygon, ...], body: Colour) -> Image:
    light = rng.uniform(175, 245) + rng.uniform(-25, 25) * np.linspace(-1, 1, SIDE)
    tint = rng.uniform(0.93, 1.0, 3)
    picture = np.ascontiguousarray(
        np.clip(light[:, None, None] * tint, 0, 255).repeat(SIDE, axis=1).astype(np.uint8)
    )
    radius, tilt = SIDE * rng.uniform(0.26, 0.42), np.radians(rng.uniform(-14, 14))
    middle = SIDE / 2 + rng.uniform(-0.07, 0.07, 2) * SIDE
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    mirror = np.array([-1.0 if rng.random() < 0.5 else 1.0, 1.0])
    detail = _bgr(rng.random(), 0.15, rng.uniform(0.2, 0.35))
    shadow = (middle + np.array([0.0, radius * 0.95])).round().astype(int)
    cv2.ellipse(
        picture, shadow.tolist(), (round(radius), round(radius * 0.14)), 0, 0, 360,
        _bgr(0.6, 0.05, light.min() / 255 * 0.8), -1, cv2.LINE_AA,
    )  # fmt: skip
    for part in thing:
        corners = ((part.points * mirror) @ turn.T * radius + middle) * 16
        colour = body if part.ink is Ink.BODY else detail
        cv2.fillPoly(picture, [corners.round().astype(np.int32)], colour, cv2.LINE_AA, 4)
    noise = rng.normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _bgr(hue: float, rich: float, bright: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue, rich, bright)
    return int(blue * 255), int(green * 255), int(red * 255)


def draw_shop(folder: Path, count: int = 100, seed: int = 0) -> tuple[Product, ...]:
    """Draw a shop into a folder: a folder per product with its views, and a tags.csv over all of them."""
    shop = products(count, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tags.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file_name", "tags"))
        for product in shop:
            home = folder / product.name
            home.mkdir(exist_ok=True)
            for number, view in enumerate(views(product, seed), 1):
                (home / f"{number}.jpg").write_bytes(encode_jpeg(view, 88))
                table.writerow((f"{product.name}/{number}.jpg", ", ".join(product.tags)))
    return shop


def main() -> None:
    """Draw a shop."""
    parser = argparse.ArgumentParser(description="Draw a shop's product pictures with their tags.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--products", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw_shop(options.folder, options.products, options.seed)


if __name__ == "__main__":
    main()
