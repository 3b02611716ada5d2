"""Movies the model never saw: drawn with other seeds, encoded, and sampled as the pipeline does it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from movietag.drawn.catalogue import Film, Listing
from movietag.drawn.film import draw_movie
from movietag.drawn.library import truth_of
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.movies import plan_movie
from movietag.drawn.truth import VideoTruth, expected
from movietag.frames.extract import extract_video
from movietag.frames.sampling import targets
from movietag.records import Sampling

SAMPLING = Sampling(10, 2, 4, "keyframes", 640, 360, 85, True, True, 6)
"""The pipeline's defaults."""
_SIZES = ((640, 360), (854, 480), (640, 480))


def held_out_film(seed: int, shots: int = 30, videos: int = 5) -> Film:
    """A film about five tags, in a size that goes with its seed; three seeds in a row have all tags."""
    shuffled = np.random.default_rng(5).permutation(len(DRAWN_TAGS))
    tags = [DRAWN_TAGS[shuffled[(5 * seed + number) % len(shuffled)]] for number in range(5)]
    return film_about(f"Held out {seed}", seed, tags, shots, videos)


def film_about(title: str, seed: int, tags: Sequence[str], shots: int, videos: int) -> Film:
    """A film about these tags, the first three in much of it, in a size that goes with its seed."""
    return Film(
        seed=seed,
        line=title,
        title=title,
        year=None,
        size=_SIZES[seed % len(_SIZES)],
        shots=shots,
        main=tuple(tags[:3]),
        side=tuple(tags[3:]),
        listings=tuple(Listing(f"{title}, video {number}") for number in range(videos)),
    )


def sampled_frames(film: Film, folder: Path) -> Iterator[tuple[bytes, frozenset[str]]]:
    """Draw a film's videos into ``folder`` and sample them: JPEG of each kept slot, and its true tags.

    Raises:
        RuntimeError: the sampler kept or dropped a slot against the drawing.
    """
    plan = plan_movie(film)
    seeds = draw_movie(plan, folder)
    for video in truth_of(plan, seeds).videos:
        for _, jpeg, tags in sampled(video, folder / f"{video.video_id}.mp4"):
            yield jpeg, frozenset(tags)


def sampled(video: VideoTruth, path: Path) -> Iterator[tuple[int, bytes, tuple[str, ...]]]:
    """Sample a drawn video: slot, JPEG and true tags (in DRAWN_TAGS' order) of each kept slot.

    Raises:
        RuntimeError: the sampler kept or dropped a slot against the drawing.
    """
    slots = expected(video, targets(video.seconds, SAMPLING))
    kept = {frame.slot: frame.jpeg for frame in extract_video(path, SAMPLING)}
    wanted = {slot.slot: slot.tags for slot in slots if not slot.dropped}
    if kept.keys() != wanted.keys():
        raise RuntimeError(f"{video.video_id}: kept {sorted(kept)}, drawn {sorted(wanted)}.")
    for slot, jpeg in kept.items():
        yield slot, jpeg, tuple(tag for tag in DRAWN_TAGS if tag in wanted[slot])
