"""The drawn movies of the study, and their frames, stored on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from movietag.drawn.catalogue import Film
from movietag.drawn.heldout import film_about, sampled_frames
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.movies import plan_movie
from movietag.files import new_folder
from movietag.records import Record, decode, encode

SHOTS, VIDEOS = 30, 5
"""About 40 frames a film, as the paper has them (864 of 20)."""
TAGS_OF_A_FILM = 5  # three of them in about half of the shots, two in a few
TRUTH = "truth.json"


class FilmFrames(Record, frozen=True):
    """A film's frames on disk, ``<number>.jpg`` in ``folder``, with the tags of each.

    ``relevance`` is the film's, dense over the drawn tags, as in the Tag Genome.
    """

    title: str
    seed: int
    relevance: dict[str, float]
    tags: tuple[tuple[str, ...], ...]  # of each frame, in the vocabulary's order
    folder: str = ""

    @property
    def paths(self) -> list[Path]:
        """The frames, in order."""
        return [Path(self.folder) / f"{number:03}.jpg" for number in range(len(self.tags))]


@dataclass(frozen=True, slots=True)
class Parts:
    """Seeds of the films: to train on, to select thresholds on, and to score; and the length of the films."""

    train: range
    validate: range
    judge: range
    shots: int = SHOTS
    videos: int = VIDEOS

    @property
    def all(self) -> list[int]:
        """All seeds, once each."""
        return [*self.train, *self.validate, *self.judge]


WHOLE = Parts(range(2001, 2021), range(2101, 2121), range(2201, 2261))
SHORT = Parts(range(2001, 2005), range(2101, 2102), range(2201, 2205), shots=12, videos=2)


def film_of(seed: int, shots: int = SHOTS, videos: int = VIDEOS) -> Film:
    """A film about five random tags: their combination carries no information."""
    rng = np.random.default_rng((seed, 11))
    tags = [DRAWN_TAGS[number] for number in rng.permutation(len(DRAWN_TAGS))[:TAGS_OF_A_FILM]]
    return film_about(f"Study {seed}", seed, tags, shots, videos)


def draw_films(
    seeds: Sequence[int],
    folder: Path,
    processes: int,
    done: Callable[[], None],
    shots: int = SHOTS,
    videos: int = VIDEOS,
) -> list[FilmFrames]:
    """The films' frames, drawn, encoded as H.264 and sampled by the pipeline's code.

    A film whose frames are on disk is not drawn again; an interrupted one leaves nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in seeds if not (folder / str(seed) / TRUTH).is_file()]
    for _ in range(len(seeds) - len(missing)):
        done()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        films = (film_of(seed, shots, videos) for seed in missing)
        for drawn in as_completed(pool.submit(_draw, film, folder) for film in films):
            drawn.result()
            done()
    return [_read(folder / str(seed)) for seed in seeds]


def _draw(film: Film, folder: Path) -> None:
    with new_folder(folder / str(film.seed)) as made, tempfile.TemporaryDirectory() as videos:
        tags = []
        for number, (jpeg, seen) in enumerate(sampled_frames(film, Path(videos))):
            (made / f"{number:03}.jpg").write_bytes(jpeg)
            tags.append(tuple(tag for tag in DRAWN_TAGS if tag in seen))
        frames = FilmFrames(film.title, film.seed, plan_movie(film).relevance(), tuple(tags))
        (made / TRUTH).write_bytes(encode(frames))


def _read(folder: Path) -> FilmFrames:
    frames = decode(FilmFrames, (folder / TRUTH).read_bytes())
    return FilmFrames(frames.title, frames.seed, frames.relevance, frames.tags, str(folder))
