"""A drawn movie: which shots it has, which tags they carry, and the videos cut from it. Pure planning.

Every video has a black leader, ten shots, and a black end; so the ten instants that the pipeline
samples fall into ten different shots, whether it leaves out start and end or not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from movietag.drawn.catalogue import Film, Kind
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.shots import FPS

SHOT_FRAMES = 24
LEADER_FRAMES = 20
END_FRAMES = 30
SHOTS_A_VIDEO = 10
BLACK = -1
"""In the shots of a video: no shot, black."""
_MAIN_SHARE = (0.42, 0.68)
_SIDE_SHARE = (0.04, 0.1)


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """A search result and what is in its file: numbers of shots, BLACK where the screen is black.

    ``shots`` is empty where the file shows another movie (WRONG, NOISE) or nothing (DAMAGED).
    """

    video_id: str
    title: str
    kind: Kind
    views: int
    channel: str
    shots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MoviePlan:
    """The tags of each shot, and the videos."""

    film: Film
    shots: tuple[tuple[str, ...], ...]
    videos: tuple[VideoPlan, ...]

    @property
    def seconds(self) -> float:
        """Length of the movie: all its shots once."""
        return len(self.shots) * SHOT_FRAMES / FPS

    def relevance(self) -> dict[str, float]:
        """How much each drawn tag belongs to the movie, 0 to 1: dense, as in the Tag Genome.

        From the share of shots that carry it; a tag that is nowhere keeps a little (0.01 to 0.05).
        """
        rng = np.random.default_rng((self.film.seed, 3))
        table = {}
        for tag in DRAWN_TAGS:
            share = sum(tag in tags for tags in self.shots) / len(self.shots)
            table[tag] = round(float(min(1.0, 1.2 * share + rng.uniform(0.01, 0.05))), 4)
        return table


def plan_movie(film: Film) -> MoviePlan:
    """The plan of a film; the same film, the same plan."""
    rng = np.random.default_rng((film.seed, 1))
    shots = _tag_shots(rng, film)
    videos = tuple(
        VideoPlan(
            video_id=f"m{film.seed}v{number}",
            title=listing.title,
            kind=listing.kind,
            views=listing.views,
            channel=listing.channel,
            shots=_layout(rng, len(shots)) if listing.kind is Kind.TRUE else (),
        )
        for number, listing in enumerate(film.listings)
    )
    return MoviePlan(film, shots, videos)


def _tag_shots(rng: Generator, film: Film) -> tuple[tuple[str, ...], ...]:
    """One to three tags a shot, in the vocabulary's order; each tag has its share of the shots."""
    shares = {tag: rng.uniform(*_MAIN_SHARE) for tag in film.main}
    shares |= {tag: rng.uniform(*_SIDE_SHARE) for tag in film.side}
    shots = []
    for _ in range(film.shots):
        chosen = [tag for tag, share in shares.items() if rng.random() < share]
        if not chosen:
            chosen = [film.main[int(rng.integers(len(film.main)))]]
        kept = set(chosen[:3])
        shots.append(tuple(tag for tag in DRAWN_TAGS if tag in kept))
    return tuple(shots)


def _layout(rng: Generator, shots: int) -> tuple[int, ...]:
    """Ten shots in story order, up to two of them black, up to two repeats of an earlier one."""
    chosen = sorted(int(shot) for shot in rng.choice(shots, SHOTS_A_VIDEO, replace=False))
    early, late = (list(rng.permutation(half)) for half in (range(5), range(5, 10)))
    for _ in range(int(rng.integers(0, 3))):
        chosen[late.pop()] = chosen[early.pop()]
    for _ in range(int(rng.integers(0, 3))):
        chosen[late.pop()] = BLACK
    return tuple(chosen)
