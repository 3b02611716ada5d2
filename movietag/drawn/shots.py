"""A shot: a backdrop, one to three moving motifs, a style. The same seed is the same picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from movietag.drawn.backdrop import (
    Colour,
    Image,
    Light,
    choose_light,
    paint_backdrop,
    random_colour,
)
from movietag.drawn.motifs import MOTIFS, Ink

FPS = 10
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class Actor:
    """One motif's look and path; lengths in shares of the frame's height."""

    tag: str
    x: float
    y: float
    radius: float
    drift: tuple[float, float]
    tilt: float
    sway: float
    mirror: bool
    stretch: float
    inks: tuple[Colour, Colour, Colour]
    outline: Colour


@dataclass(frozen=True, slots=True)
class Style:
    """How a shot was "filmed"."""

    grain: int
    letterbox: float
    vignette: float
    pan: float


def draw_shot(
    seed: int, tags: tuple[str, ...], width: int, height: int, frames: int
) -> Iterator[Image]:
    """The frames of a shot, (height, width, 3) BGR; all of ``tags`` are in sight in each.

    The motion runs over the shot's length.
    """
    scene = ShotRenderer(seed, tags, width, height)
    for number in range(frames):
        yield scene.frame(number / max(frames - 1, 1))


class ShotRenderer:
    """A shot made ready: what it shows at any moment, the same for the same arguments."""

    def __init__(self, seed: int, tags: tuple[str, ...], width: int, height: int) -> None:
        rng = np.random.default_rng(seed)
        self._width, self._height = width, height
        light = choose_light(rng)
        self._backdrop = paint_backdrop(rng, width, height, light)
        self._style = _choose_style(rng)
        self.actors = _cast(rng, tags, width / height, self._style.letterbox, light)
        self._finish = _Finish(rng, self._style, width, height)

    def frame(self, progress: float) -> Image:
        """The picture at ``progress`` (0 start, 1 end)."""
        slack = self._backdrop.shape[1] - self._width
        left = round(slack * (0.5 + self._style.pan * (progress - 0.5)))
        frame = self._backdrop[:, left : left + self._width].copy()
        for actor in self.actors:
            _draw_actor(frame, actor, self._height, progress)
        frame = self._finish.apply(frame, progress)
        bar = round(self._style.letterbox * self._height)
        if bar:
            frame[:bar] = 0
            frame[self._height - bar :] = 0
        return frame


def _choose_style(rng: Generator) -> Style:
    return Style(
        grain=int(rng.integers(0, 22)),
        letterbox=float(rng.choice([0.0, 0.0, 0.05, 0.09])),
        vignette=float(rng.choice([0.0, 0.0, 0.25])),
        pan=float(rng.uniform(-1, 1)),
    )


def _cast(
    rng: Generator,
    tags: tuple[str, ...],
    aspect: float,
    letterbox: float,
    light: Light,
) -> list[Actor]:
    """Looks and places; centres keep 1.35 radii apart, so motifs overlap but none is hidden."""
    size = (0.27, 0.34) if len(tags) == 1 else (0.24, 0.3)
    radius = float(rng.uniform(*size))
    places = _places(rng, len(tags), radius, aspect, letterbox)
    order = rng.permutation(len(tags))
    return [
        _actor(rng, tags[int(number)], place, radius, light)
        for number, place in zip(order, places, strict=True)
    ]


def _places(
    rng: Generator, count: int, radius: float, aspect: float, letterbox: float
) -> list[tuple[float, float]]:
    """Random centres; after 60 refusals the motifs stand in a row."""
    side = radius * 1.1 + 0.04
    top = radius * 1.05 + letterbox + 0.03
    for _ in range(60):
        xs = rng.uniform(side, aspect - side, count)
        ys = rng.uniform(min(top, 0.5), max(1 - top, 0.5), count)
        gaps = [np.hypot(xs[i] - xs[j], ys[i] - ys[j]) for i in range(count) for j in range(i)]
        if all(gap > 1.5 * radius for gap in gaps):
            return [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    row = np.linspace(side, aspect - side, count)
    return [(float(x), 0.5) for x in row]


def _actor(
    rng: Generator,
    tag: str,
    place: tuple[float, float],
    radius: float,
    light: Light,
) -> Actor:
    x, y = place
    dim = 0.75 if light.night else 1.0
    return Actor(
        tag, x, y, radius * float(rng.uniform(0.92, 1.06)),
        drift=(float(rng.uniform(-0.05, 0.05)), float(rng.uniform(-0.03, 0.03))),
        tilt=float(rng.uniform(-12, 12)), sway=float(rng.uniform(-8, 8)),
        mirror=bool(rng.random() < 0.5), stretch=float(rng.uniform(0.88, 1.1)),
        inks=(
            random_colour(rng, round(205 * dim), round(255 * dim), 0.5),
            random_colour(rng, 25, 60),
            random_colour(rng, round(110 * dim), round(190 * dim)),
        ),
        outline=random_colour(rng, 8, 20),
    )  # fmt: skip


class _Finish:
    """Grain and vignette of a shot, made once."""

    def __init__(self, rng: Generator, style: Style, width: int, height: int) -> None:
        self._grain = rng.integers(0, style.grain + 1, (height + 16, width + 16, 3), dtype=np.uint8)
        self._shade: Image | None = None
        if style.vignette:
            x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
            y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
            shade = 255 * (1 - style.vignette * (x * x + y * y) / 2)
            self._shade = np.repeat(shade.astype(np.uint8)[..., None], 3, axis=2)

    def apply(self, frame: Image, progress: float) -> Image:
        """Vignette, then grain at an offset that changes with time."""
        height, width = frame.shape[:2]
        offset = int(progress * 977) % 16
        if self._shade is not None:
            frame = np.asarray(cv2.multiply(frame, self._shade, scale=1 / 255), np.uint8)
        return np.asarray(cv2.add(frame, self._grain[offset : offset + height, :width]), np.uint8)


def _draw_actor(frame: Image, actor: Actor, height: int, progress: float) -> None:
    swing = progress - 0.5
    angle = np.radians(actor.tilt + actor.sway * swing)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    scale = np.array([(-1 if actor.mirror else 1) * actor.stretch, 1.0]) * actor.radius * height
    centre = np.array([actor.x + actor.drift[0] * swing, actor.y + actor.drift[1] * swing]) * height
    outlines = [
        ((part.points * scale @ turn + centre) * (1 << _SUBPIXEL_BITS)).round().astype(np.int32)
        for part in MOTIFS[actor.tag]
    ]
    edge = max(3, round(height * 0.02))
    for points in outlines:
        cv2.polylines(frame, [points], True, actor.outline, edge, cv2.LINE_AA, _SUBPIXEL_BITS)
    for part, points in zip(MOTIFS[actor.tag], outlines, strict=True):
        colour = actor.inks[Ink(part.ink)]
        cv2.fillPoly(frame, [points], colour, cv2.LINE_AA, _SUBPIXEL_BITS)
