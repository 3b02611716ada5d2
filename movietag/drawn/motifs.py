"""The motifs: one drawing a tag, as polygons in a unit box.

A motif is a tuple of parts, painted in order. Coordinates run from -1 to 1, y downwards, so that
one radius in pixels places the whole drawing. A part names its ink by role, never by colour:
colours are chosen per shot, so that no colour stands for a tag.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


class Ink(IntEnum):
    """What a part is painted with: the motif's body, its details, or its second colour."""

    BODY = 0
    DETAIL = 1
    ACCENT = 2


@dataclass(frozen=True, slots=True)
class Polygon:
    """One filled polygon; ``points`` is (n, 2) in the unit box."""

    points: Points
    ink: Ink


def poly(ink: Ink, *corners: tuple[float, float]) -> Polygon:
    """A polygon from its corners."""
    return Polygon(np.array(corners, dtype=np.float64), ink)


def oval(ink: Ink, x: float, y: float, rx: float, ry: float | None = None) -> Polygon:
    """An ellipse around (x, y), as a polygon of 28 corners."""
    turn = np.linspace(0.0, 2 * math.pi, 28, endpoint=False)
    return Polygon(
        np.stack([x + rx * np.cos(turn), y + (rx if ry is None else ry) * np.sin(turn)], 1), ink
    )


def box(ink: Ink, left: float, top: float, right: float, bottom: float) -> Polygon:
    """An upright rectangle."""
    return poly(ink, (left, top), (right, top), (right, bottom), (left, bottom))


def arc(
    ink: Ink, x: float, y: float, radius: float, width: float, start: float, end: float
) -> Polygon:
    """A bent band from angle ``start`` to ``end`` in degrees (0 is right, 90 is down)."""
    turn = np.radians(np.linspace(start, end, 20))
    ring = np.stack([np.cos(turn), np.sin(turn)], 1)
    return Polygon(
        np.concatenate([ring * (radius + width / 2), ring[::-1] * (radius - width / 2)])
        + np.array([x, y]),
        ink,
    )


def star(ink: Ink, x: float, y: float, outer: float, inner: float, spikes: int) -> Polygon:
    """A star with ``spikes`` points."""
    turn = np.linspace(-math.pi / 2, 1.5 * math.pi, 2 * spikes, endpoint=False)
    reach = np.where(np.arange(2 * spikes) % 2 == 0, outer, inner)
    return Polygon(np.stack([x + reach * np.cos(turn), y + reach * np.sin(turn)], 1), ink)


def heart(ink: Ink) -> Polygon:
    """The usual heart curve, 16 sin^3 t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, scaled."""
    turn = np.linspace(0.0, 2 * math.pi, 40, endpoint=False)
    x = 16 * np.sin(turn) ** 3
    y = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    return Polygon(np.stack([x / 17, -(y + 2) / 17], 1), ink)


B, D, A = Ink.BODY, Ink.DETAIL, Ink.ACCENT

_SKULL = (
    oval(B, 0, -0.25, 0.85, 0.75),
    box(B, -0.48, 0.3, 0.48, 0.95),
    oval(D, -0.36, -0.2, 0.25, 0.28),
    oval(D, 0.36, -0.2, 0.25, 0.28),
    poly(D, (0, 0.1), (0.14, 0.38), (-0.14, 0.38)),
    box(D, -0.3, 0.6, -0.18, 0.95),
    box(D, -0.06, 0.6, 0.06, 0.95),
    box(D, 0.18, 0.6, 0.3, 0.95),
)
_CATHEDRAL = (
    poly(B, (-0.95, 1), (-0.95, -0.2), (-0.7, -1), (-0.45, -0.2), (-0.45, 1)),
    poly(B, (0.45, 1), (0.45, -0.2), (0.7, -1), (0.95, -0.2), (0.95, 1)),
    poly(B, (-0.45, 1), (-0.45, 0.1), (0, -0.5), (0.45, 0.1), (0.45, 1)),
    poly(D, (-0.26, 1), (-0.26, 0.4), (0, 0.0), (0.26, 0.4), (0.26, 1)),
    poly(A, (-0.8, 0.4), (-0.8, 0.05), (-0.7, -0.2), (-0.6, 0.05), (-0.6, 0.4)),
    poly(A, (0.6, 0.4), (0.6, 0.05), (0.7, -0.2), (0.8, 0.05), (0.8, 0.4)),
)
_KNIFE = (
    poly(B, (-0.95, 0.7), (-0.95, 0.25), (0.25, -0.5), (0.5, -0.2)),
    poly(A, (0.2, -0.75), (0.4, -0.85), (0.85, -0.1), (0.65, 0.0)),
    poly(D, (0.45, -0.5), (0.8, -1), (1, -0.75), (0.68, -0.2)),
    oval(D, -0.55, 0.82, 0.15, 0.18),
)
_BRAWL = (  # two crossed clubs
    poly(B, (-1, -0.65), (-0.65, -1), (-0.4, -0.85), (0.95, 0.75), (0.75, 0.95), (-0.85, -0.4)),
    poly(A, (1, -0.65), (0.65, -1), (0.4, -0.85), (-0.95, 0.75), (-0.75, 0.95), (0.85, -0.4)),
    box(D, -0.16, -0.16, 0.16, 0.16),
)
_HEART = (heart(B), oval(D, -0.42, -0.42, 0.14, 0.18))
_CAR = (
    poly(B, (-0.6, -0.05), (-0.35, -0.55), (0.35, -0.55), (0.62, -0.05)),
    poly(B, (-1, 0.45), (-1, 0), (-0.6, -0.1), (0.65, -0.1), (1, 0.1), (1, 0.45)),
    poly(A, (-0.44, -0.1), (-0.27, -0.43), (-0.05, -0.43), (-0.05, -0.1)),
    poly(A, (0.07, -0.1), (0.07, -0.43), (0.27, -0.43), (0.44, -0.1)),
    oval(D, -0.55, 0.48, 0.29),
    oval(D, 0.55, 0.48, 0.29),
)
_MAGNIFIER = (
    arc(B, -0.25, -0.25, 0.58, 0.24, 0, 360),
    poly(D, (0.1, 0.28), (0.28, 0.1), (1, 0.78), (0.78, 1)),
)
_JESTER = (
    poly(
        A,
        (-0.75, -0.1),
        (-1, -0.95),
        (-0.35, -0.5),
        (0, -1),
        (0.35, -0.5),
        (1, -0.95),
        (0.75, -0.1),
    ),
    oval(B, 0, 0.25, 0.74, 0.72),
    oval(D, -0.28, 0.1, 0.1, 0.13),
    oval(D, 0.28, 0.1, 0.1, 0.13),
    arc(D, 0, 0.3, 0.45, 0.2, 10, 170),
)
_WIZARD_HAT = (
    poly(B, (-0.55, 0.6), (0.1, -1), (0.35, -0.8), (0.55, 0.6)),
    oval(B, 0, 0.68, 1, 0.28),
    poly(A, (-0.52, 0.5), (-0.42, 0.28), (0.5, 0.28), (0.54, 0.5)),
    star(D, 0.06, -0.12, 0.26, 0.1, 5),
)
_SAUCER = (
    poly(A, (-0.3, 0.1), (0.3, 0.1), (0.75, 1), (-0.75, 1)),
    oval(D, 0, -0.35, 0.45, 0.45),
    oval(B, 0, -0.12, 1, 0.3),
    oval(A, -0.55, -0.1, 0.11),
    oval(A, 0, -0.04, 0.11),
    oval(A, 0.55, -0.1, 0.11),
)
_CACTUS = (
    oval(B, 0, -0.75, 0.24, 0.25),
    box(B, -0.24, -0.75, 0.24, 1),
    poly(B, (-0.85, -0.4), (-0.55, -0.4), (-0.55, 0.1), (-0.2, 0.1), (-0.2, 0.4), (-0.85, 0.4)),
    poly(B, (0.85, -0.6), (0.55, -0.6), (0.55, 0.2), (0.2, 0.2), (0.2, 0.5), (0.85, 0.5)),
    box(D, -0.05, -0.6, 0.05, 0.9),
)
_CROSS = (
    box(B, -0.19, -1, 0.19, 1),
    box(B, -0.68, -0.55, 0.68, -0.17),
)
_GHOST = (
    oval(B, 0, -0.25, 0.68, 0.75),
    poly(
        B,
        (-0.68, -0.25),
        (0.68, -0.25),
        (0.75, 1),
        (0.45, 0.72),
        (0.2, 1),
        (0, 0.72),
        (-0.2, 1),
        (-0.45, 0.72),
        (-0.75, 1),
    ),
    oval(D, -0.24, -0.35, 0.12, 0.2),
    oval(D, 0.24, -0.35, 0.12, 0.2),
    oval(D, 0, 0.12, 0.14, 0.2),
)
_RINGS = (
    oval(B, 0, 0, 1),
    oval(D, 0, 0, 0.78),
    oval(A, 0, 0, 0.56),
    oval(D, 0, 0, 0.34),
    oval(B, 0, 0, 0.15),
)  # fmt: skip

MOTIFS: dict[str, tuple[Polygon, ...]] = {
    "horror": _SKULL,
    "gothic": _CATHEDRAL,
    "murder": _KNIFE,
    "violence": _BRAWL,
    "romantic": _HEART,
    "action": _CAR,
    "mystery": _MAGNIFIER,
    "psychedelic": _RINGS,
    "paranormal": _GHOST,
    "comedy": _JESTER,
    "fantasy": _WIZARD_HAT,
    "christian film": _CROSS,
    "sci-fi": _SAUCER,
    "western": _CACTUS,
}
"""Tag -> its motif; the order is that of the vocabulary, and captions name tags in it."""

DRAWN_TAGS: tuple[str, ...] = tuple(MOTIFS)
