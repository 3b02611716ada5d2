"""Drawing one movie and writing its videos."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from movietag.drawn.backdrop import Image
from movietag.drawn.catalogue import Kind
from movietag.drawn.encode import EncodedShot, black_shot, encode_shot, write_video
from movietag.drawn.movies import BLACK, END_FRAMES, LEADER_FRAMES, SHOT_FRAMES, MoviePlan
from movietag.drawn.shots import draw_shot
from movietag.frames.filters import hamming, is_dark, is_flat, perceptual_hash
from movietag.frames.jpeg import scale_to_fit

LEAST_DISTANCE = 12
"""Frames of two different shots of a movie differ in more bits of their perceptual hashes."""
_TRIES = 200


@dataclass(frozen=True, slots=True)
class DrawnShot:
    """A shot that stays clear of the pipeline's filters: its seed, and the file's packets."""

    seed: int
    encoded: EncodedShot


class ShotPainter:
    """Draws the shots of one movie, each anew with another seed until it stands apart.

    Raises:
        RuntimeError: no seed in 200 will do: the movie has too many shots for the hash.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._hashes: list[int] = []

    def draw(self, seed: int, tags: tuple[str, ...]) -> DrawnShot:
        """Draw a shot unlike all before it, neither dark nor flat."""
        for attempt in range(_TRIES):
            number = seed * 1000 + attempt
            frames = list(draw_shot(number, tags, *self._size, SHOT_FRAMES))
            hashes = self._accept(frames)
            if hashes:
                self._hashes += hashes
                return DrawnShot(number, encode_shot(frames, *self._size))
        raise RuntimeError(f"No seed from {seed * 1000} on gives a shot unlike the others.")

    def _accept(self, frames: list[Image]) -> list[int]:
        """Hashes of the start, the middle and the end; none when the shot will not do."""
        hashes = []
        for image in (frames[0], frames[len(frames) // 2], frames[-1]):
            picture = scale_to_fit(image, 640, 360)
            code = perceptual_hash(picture)
            near = any(hamming(code, one) <= LEAST_DISTANCE for one in self._hashes)
            if near or is_dark(picture) or is_flat(picture):
                return []
            hashes.append(code)
        return hashes


def draw_movie(plan: MoviePlan, folder: Path) -> tuple[int, ...]:
    """Write the videos that show the movie, and the damaged, to ``folder``/<video id>.mp4.

    Returns:
        The seed of each shot.
    """
    cv2.setNumThreads(1)
    width, height = plan.film.size
    painter = ShotPainter(width, height)
    shots = [
        painter.draw(plan.film.seed * 1000 + number, tags) for number, tags in enumerate(plan.shots)
    ]
    leader, black, end = (
        black_shot(frames, width, height) for frames in (LEADER_FRAMES, SHOT_FRAMES, END_FRAMES)
    )
    for video in plan.videos:
        path = folder / f"{video.video_id}.mp4"
        if video.kind is Kind.DAMAGED:
            path.write_bytes(np.random.default_rng(plan.film.seed).bytes(60_000))
        elif video.shots:
            body = [black if shot == BLACK else shots[shot].encoded for shot in video.shots]
            write_video(path, [leader, *body, end], width, height)
    return tuple(shot.seed for shot in shots)
