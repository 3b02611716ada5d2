"""A shop's product pictures, drawn: ten kinds of things, alone or in sets of two, so ten tags that no movie has.

``python -m movietag.drawn.products shop`` draws 100 products, a folder each with four views, and a ``tags.csv``: what
docs/finetuning.md walks through without pictures of one's own. The same seed is the same picture.
"""

from __future__ import annotations

import argparse
import colorsys
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

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
    "bottle": (
        box(Ink.BODY, -0.42, -0.25, 0.42, 0.95),
        poly(Ink.BODY, (-0.42, -0.25), (-0.14, -0.6), (0.14, -0.6), (0.42, -0.25)),
        box(Ink.BODY, -0.14, -0.8, 0.14, -0.55),
        box(Ink.DETAIL, -0.17, -0.98, 0.17, -0.8),
    ),
    "clock": (
        oval(Ink.DETAIL, 0.0, 0.0, 0.92),
        oval(Ink.BODY, 0.0, 0.0, 0.78),
        box(Ink.DETAIL, -0.06, -0.6, 0.06, 0.05),
        box(Ink.DETAIL, -0.05, -0.05, 0.45, 0.06),
    ),
    "umbrella": (
        poly(Ink.BODY, (-1.0, 0.05), (-0.75, -0.5), (-0.3, -0.85), (0.3, -0.85), (0.75, -0.5), (1.0, 0.05),
             (0.66, -0.1), (0.33, 0.05), (0.0, -0.1), (-0.33, 0.05), (-0.66, -0.1)),
        box(Ink.DETAIL, -0.05, -0.1, 0.05, 0.8),
        arc(Ink.DETAIL, 0.17, 0.8, 0.17, 0.1, 0, 180),
    ),
    "scissors": (
        arc(Ink.BODY, -0.45, 0.6, 0.3, 0.17, 0, 360),
        arc(Ink.BODY, 0.45, 0.6, 0.3, 0.17, 0, 360),
        poly(Ink.DETAIL, (-0.35, 0.4), (-0.2, 0.3), (0.5, -0.95), (0.3, -0.85)),
        poly(Ink.DETAIL, (0.35, 0.4), (0.2, 0.3), (-0.5, -0.95), (-0.3, -0.85)),
    ),
}  # fmt: skip
PRODUCT_TAGS: Final = tuple(THINGS)
SETS: Final = 0.35  # share of the products that are two things


@dataclass(frozen=True, slots=True)
class Product:
    """A product: its folder's name, and the things that all of its pictures show, in the order of ``THINGS``."""

    name: str
    tags: tuple[str, ...]


def products(count: int, seed: int = 0) -> tuple[Product, ...]:
    """Products of all kinds in turn, some with a second thing; their names say nothing of them."""
    rng = np.random.default_rng((seed, 3))
    shop = []
    for number in range(count):
        first = PRODUCT_TAGS[number % len(PRODUCT_TAGS)]
        other = PRODUCT_TAGS[int(rng.integers(len(PRODUCT_TAGS)))]
        things = {first, other} if rng.random() < SETS else {first}
        shop.append(
            Product(f"product {number + 1:03}", tuple(tag for tag in PRODUCT_TAGS if tag in things))
        )
    return tuple(shop)


def views(product: Product, seed: int = 0, count: int = VIEWS) -> Iterator[Image]:
    """Its pictures, (SIDE, SIDE, 3) BGR: the same colours, another place, size and light in each."""
    rng = np.random.default_rng((seed, int(product.name.rpartition(" ")[2])))
    inks = [
        (_bgr(rng.random(), rng.uniform(0.5, 1.0), rng.uniform(0.5, 0.95)),
         _bgr(rng.random(), 0.15, rng.uniform(0.2, 0.35)))
        for _ in product.tags
    ]  # fmt: skip
    for _ in range(count):
        yield _view(rng, product.tags, inks)


def _view(rng: Generator, tags: Sequence[str], inks: Sequence[tuple[Colour, Colour]]) -> Image:
    light = rng.uniform(175, 245) + rng.uniform(-25, 25) * np.linspace(-1, 1, SIDE)
    tint = rng.uniform(0.93, 1.0, 3)
    picture = np.ascontiguousarray(
        np.clip(light[:, None, None] * tint, 0, 255).repeat(SIDE, axis=1).astype(np.uint8)
    )
    shade = _bgr(0.6, 0.05, light.min() / 255 * 0.8)
    places = np.array([0.0]) if len(tags) == 1 else np.array([-0.23, 0.23])
    for place, at in zip(places, rng.permutation(len(tags)), strict=True):
        radius = SIDE * (rng.uniform(0.27, 0.4) if len(tags) == 1 else rng.uniform(0.18, 0.24))
        middle = SIDE * np.array([0.5 + place, 0.5]) + SIDE * rng.uniform(-0.04, 0.04, 2)
        cv2.ellipse(
            picture, (middle + np.array([0.0, radius])).round().astype(int).tolist(),
            (round(radius), round(radius * 0.13)), 0, 0, 360, shade, -1, cv2.LINE_AA,
        )  # fmt: skip
        _paint(rng, picture, THINGS[tags[at]], (middle, radius), inks[at])
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def _paint(
    rng: Generator,
    picture: Image,
    thing: tuple[Polygon, ...],
    place: tuple[NDArray[np.float64], float],
    inks: tuple[Colour, Colour],
) -> None:
    """Paint a thing around a middle with a radius, a little tilted, perhaps mirrored."""
    tilt = np.radians(rng.uniform(-12, 12))
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    mirror = np.array([-1.0 if rng.random() < 0.5 else 1.0, 1.0])
    middle, radius = place
    for part in thing:
        corners = ((part.points * mirror) @ turn.T * radius + middle) * 16
        colour = inks[0] if part.ink is Ink.BODY else inks[1]
        cv2.fillPoly(picture, [corners.round().astype(np.int32)], colour, cv2.LINE_AA, 4)


def _bgr(hue: float, rich: float, bright: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue, rich, bright)
    return int(blue * 255), int(green * 255), int(red * 255)


def draw_shop(folder: Path, count: int = 100, seed: int = 0) -> tuple[Product, ...]:
    """Draw a shop into a folder: a folder per product with its views, and three tables.

    ``tags.csv`` names the tags of each picture, ``titles.jsonl`` has the products as titles for `movietag add --from`, and
    ``truth.csv`` says what is true of each title, for `movietag evaluate --reference`.
    """
    shop = products(count, seed)
    pictures, titles, truth = [("file_name", "tags")], [], [("title", "tags")]
    for product in shop:
        home, tags = folder / product.name, ", ".join(product.tags)
        home.mkdir(parents=True, exist_ok=True)
        for number, view in enumerate(views(product, seed), 1):
            (home / f"{number}.jpg").write_bytes(encode_jpeg(view, 88))
            pictures.append((f"{product.name}/{number}.jpg", tags))
        titles.append(json.dumps({"title": product.name, "images": [str(home.absolute())]}))
        truth.append((product.name, tags))
    (folder / "titles.jsonl").write_text("\n".join(titles) + "\n", "utf-8")
    for name, rows in (("tags.csv", pictures), ("truth.csv", truth)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
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
