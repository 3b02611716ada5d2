"""The filter of text cards: precision and recall on drawn pictures, and on a real film.

Drawn are cards (rolling credits, title and rating cards, word marks; on flat, graded and grainy ground) and what must
not be taken for them: frames of drawn movies' kind, flat shapes, textures, pictures with a title or subtitles over
them. Each goes through JPEG, as frames do.

    python -m benchmarks.cards                              # seconds; the last line is JSON
    python -m benchmarks.cards FILM SECONDS-SECONDS …       # a film, and from when to when it shows cards

Big Buck Bunny, as in the source package of moviepy 2.2.1 (c 2008 Blender Foundation, CC BY 3.0): `bbb.mp4 491-581`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.frames import SAMPLING, canvas
from movietag.frames.cards import is_card
from movietag.frames.extract import extract_video
from movietag.frames.filters import Picture
from movietag.frames.jpeg import encode_jpeg

EACH = 40  # pictures of a kind
WIDTH, HEIGHT = 640, 360
NAMES = [
    "Ada Byron",
    "Grace Lee",
    "Ōki Sato",
    "Jean-Luc Ferré",
    "Maria José Alva",
    "B. Okafor",
    "Ingrid Ström",
    "Li Na",
    "Tomás Ruiz",
]
ROLES = [
    "Director",
    "Producer",
    "Editor",
    "Music",
    "Camera",
    "Sound Design",
    "Key Animation",
    "Catering",
    "Legal",
    "Gaffer",
]
Chance = np.random.Generator


def ground(chance: Chance) -> Picture:
    """Flat, graded or grainy; dark or light."""
    low = chance.integers(0, 60, 3) if chance.random() < 0.7 else chance.integers(190, 256, 3)
    across = (
        np.linspace(0, chance.uniform(0, 40), WIDTH) * np.sin(np.linspace(0, 3, HEIGHT))[:, None]
    )
    grain = chance.normal(0, chance.choice([0, 0, 3]), (HEIGHT, WIDTH))
    return np.asarray(np.clip(low + (across + grain)[..., None], 0, 255), np.uint8)


def write(picture: Picture, lines: Sequence[tuple[str, int, int, int]]) -> Picture:
    """Lines of text, centred at (x, y) with a size in pixels, in a colour that can be read."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    ink = (235, 235, 225) if picture.mean() < 128 else (25, 25, 30)
    for text, x, y, size in lines:
        draw.text((x, y), text, ink, ImageFont.load_default(size), anchor="mm")
    return np.asarray(image, np.uint8)


def rolling(chance: Chance) -> Picture:
    """Rolling credits: roles beside names, or columns of names."""
    size, step, first = (
        int(chance.integers(9, 18)),
        int(chance.integers(18, 30)),
        int(chance.integers(-20, 20)),
    )
    columns = (200, 440) if chance.random() < 0.6 else (110, 250, 390, 530)
    lines = [
        (str(chance.choice(ROLES if x == 200 else NAMES)), x, y, size)
        for y in range(first, HEIGHT + 20, step)
        for x in columns
    ]
    return write(ground(chance), lines)


def title(chance: Chance) -> Picture:
    """One to three lines in the middle."""
    size = int(chance.integers(24, 70))
    texts = [
        "The Lantern House",
        "A Film by",
        "Chapter Four",
        "Based on a true story",
        "In cinemas this summer",
        "THE END OF IT",
    ]
    lines = [
        (
            str(chance.choice(texts)),
            WIDTH // 2,
            180 + (number - 1) * (size + 12),
            size if number == 1 else size // 2,
        )
        for number in range(int(chance.integers(1, 4)))
    ]
    return write(ground(chance), lines or [("The End", 320, 180, size)])


def rating(chance: Chance) -> Picture:
    """A rating card: a frame with text in it."""
    picture = ground(chance)
    level = 230 if picture.mean() < 128 else 20
    cv2.rectangle(picture, (90, 60), (550, 300), (level, level, level), 2)
    size = int(chance.integers(14, 22))
    texts = [
        "THE FOLLOWING PREVIEW HAS BEEN APPROVED FOR",
        "ALL AUDIENCES",
        "BY THE MOTION PICTURE ASSOCIATION",
        "www.filmratings.example",
    ]
    return write(picture, [(text, 320, 100 + 50 * at, size) for at, text in enumerate(texts)])


def mark(chance: Chance) -> Picture:
    """A studio's word mark, small or large."""
    text = str(
        chance.choice(
            ["NORTHLIGHT PICTURES", "Paper Moon Films", "orbit studios", "KESTREL ENTERTAINMENT"]
        )
    )
    return write(ground(chance), [(text, 320, 180, int(chance.integers(20, 52)))])


def texture(chance: Chance) -> Picture:
    """A view of a landscape of noise."""
    y, x = int(chance.integers(0, 600)), int(chance.integers(0, 1100))
    return np.ascontiguousarray(
        canvas(int(chance.integers(1_000_000)))[y : y + HEIGHT, x : x + WIDTH]
    )


def subtitled(chance: Chance) -> Picture:
    """A picture with subtitles, or a title over it."""
    below = chance.random() < 0.5
    return write(
        texture(chance),
        [("We should not have come here.", 320, 330 if below else 180, 22 if below else 60)],
    )


def flat_shapes(chance: Chance) -> Picture:
    """A cartoon: a few filled shapes before a smooth sky."""
    picture = ground(chance)
    for _ in range(int(chance.integers(1, 7))):
        colour = tuple(int(one) for one in chance.integers(0, 256, 3))
        at = (int(chance.integers(60, 580)), int(chance.integers(60, 300)))
        axes = (int(chance.integers(8, 120)), int(chance.integers(8, 90)))
        cv2.ellipse(picture, at, axes, int(chance.integers(180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def stars(chance: Chance) -> Picture:
    """A night sky: many small bright spots in no rows."""
    picture = np.asarray(ground(np.random.default_rng(1)) // 4, np.uint8)
    for _ in range(int(chance.integers(40, 300))):
        at = (int(chance.integers(WIDTH)), int(chance.integers(HEIGHT)))
        cv2.circle(picture, at, int(chance.integers(1, 3)), (230, 230, 230), -1, cv2.LINE_AA)
    return picture


CARDS: tuple[Callable[[Chance], Picture], ...] = (rolling, title, rating, mark)
OTHERS: tuple[Callable[[Chance], Picture], ...] = (texture, subtitled, flat_shapes, stars)


def judged(kind: Callable[[Chance], Picture], seed: int = 7) -> int:
    """How many of the pictures of a kind are taken for cards."""
    chance = np.random.default_rng(seed)
    found = 0
    for _ in range(EACH):
        data = np.frombuffer(encode_jpeg(kind(chance), 85), np.uint8)
        found += is_card(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))
    return found


def of_film(path: Path, spans: Sequence[tuple[float, float]]) -> Iterator[tuple[bool, bool]]:
    """Of 100 frames of a film: whether each is a card, and whether it is taken for one."""
    sampling = msgspec.structs.replace(SAMPLING, slots=100, drop_flat=False, mode="exact")
    for frame in extract_video(path, sampling):
        picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
        card = any(start <= frame.time <= end for start, end in spans)
        yield card, is_card(np.asarray(picture, np.uint8))


def shares(right: int, wrong: int, missed: int) -> dict[str, object]:
    """Precision and recall."""
    return {
        "cards": right + missed, "right": right, "wrong": wrong, "missed": missed,
        "precision": round(right / max(1, right + wrong), 3), "recall": round(right / max(1, right + missed), 3),
    }  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Draw or extract, judge, print."""
    if arguments:
        spans = [(float(a), float(b)) for a, b in (one.split("-") for one in arguments[1:])]
        pairs = list(of_film(Path(arguments[0]), spans))
        right, wrong = sum(a and b for a, b in pairs), sum(b and not a for a, b in pairs)
        missed = sum(a and not b for a, b in pairs)
        print(
            json.dumps({"benchmark": "cards", "frames": len(pairs), **shares(right, wrong, missed)})
        )
        return
    found = {kind.__name__: judged(kind) for kind in (*CARDS, *OTHERS)}
    for name, count in found.items():
        print(f"{name:12} {count:3} of {EACH} taken for cards")
    right = sum(found[kind.__name__] for kind in CARDS)
    wrong = sum(found[kind.__name__] for kind in OTHERS)
    print(json.dumps({"benchmark": "cards", **shares(right, wrong, EACH * len(CARDS) - right)}))


if __name__ == "__main__":
    main(sys.argv[1:])
