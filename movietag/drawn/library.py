"""The demo's library: all movies drawn, all search results as files, and truth.json about them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import msgspec

from movietag.drawn import TRUTH_FILE
from movietag.drawn.catalogue import FILMS, NOBODY_FINDS, Film, Kind
from movietag.drawn.film import draw_movie
from movietag.drawn.movies import (
    BLACK,
    END_FRAMES,
    LEADER_FRAMES,
    SHOT_FRAMES,
    MoviePlan,
    VideoPlan,
    plan_movie,
)
from movietag.drawn.shots import FPS
from movietag.drawn.truth import DemoTruth, MovieTruth, Segment, VideoTruth, read_truth

VIDEOS_WANTED = 5
_DRAWING = ("backdrop", "catalogue", "encode", "film", "library", "motifs", "movies", "shots")

Progress = Callable[[int, int], None]
"""Called with the number of movies drawn so far, and of all."""


@dataclass(frozen=True, slots=True)
class DemoLibrary:
    """A drawn library below ``root``: videos/<video id>.mp4 and truth.json."""

    root: Path
    truth: DemoTruth

    @property
    def videos(self) -> Path:
        """The folder of the files."""
        return self.root / "videos"


def build(root: Path, progress: Progress, processes: int | None = None) -> DemoLibrary:
    """Draw all that is not there yet; the same code draws the same library.

    Args:
        root: folder of the library; made when missing.
        progress: told about each movie, at once with all when nothing is to be drawn.
        processes: how many draw; default: one a processor.
    """
    library = _standing(root)
    if library:
        progress(len(FILMS), len(FILMS))
        return library
    videos = root / "videos"
    shutil.rmtree(videos, ignore_errors=True)
    videos.mkdir(parents=True)
    drawn: dict[int, MovieTruth] = {}
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        longest_first = sorted(FILMS, key=lambda film: -film.shots * film.size[0])
        jobs = {pool.submit(draw_film, film, videos): film for film in longest_first}
        for job in as_completed(jobs):
            drawn[jobs[job].seed] = job.result()
            progress(len(drawn), len(FILMS))
    truth = DemoTruth(_digest(), tuple(drawn[film.seed] for film in FILMS), NOBODY_FINDS)
    _lend_strangers(truth, videos)
    part = root / "truth.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1))
    part.replace(root / TRUTH_FILE)
    return DemoLibrary(root, truth)


def draw_film(film: Film, folder: Path) -> MovieTruth:
    """Draw one film's videos into ``folder``, and say what is in them."""
    plan = plan_movie(film)
    return truth_of(plan, draw_movie(plan, folder))


def truth_of(plan: MoviePlan, seeds: tuple[int, ...]) -> MovieTruth:
    """What is in the videos of a plan whose shots were drawn with these seeds."""
    return MovieTruth(
        line=plan.film.line,
        title=plan.film.title,
        year=plan.film.year,
        seconds=plan.seconds,
        relevance=plan.relevance(),
        shot_seeds=seeds,
        videos=tuple(_video_truth(plan, video) for video in plan.videos),
        winners=_winners(plan),
    )


def _winners(plan: MoviePlan) -> tuple[str, ...]:
    """The true videos by the order in which they are listed, as many as are wanted."""
    true = [video.video_id for video in plan.videos if video.kind is Kind.TRUE]
    return tuple(true[:VIDEOS_WANTED])


def _video_truth(plan: MoviePlan, video: VideoPlan) -> VideoTruth:
    width, height = plan.film.size
    segments = _segments(plan, video.shots)
    return VideoTruth(
        video_id=video.video_id,
        title=video.title,
        kind=video.kind.value,
        channel=video.channel,
        views=video.views,
        seconds=segments[-1].end,
        width=width,
        height=height,
        segments=segments if video.kind is Kind.TRUE else (),
    )


def _segments(plan: MoviePlan, shots: tuple[int, ...]) -> tuple[Segment, ...]:
    """Leader, shots and end with their times; a stranger's file is as long as any other."""
    shots = shots or (BLACK,) * 10
    lengths = [LEADER_FRAMES, *[SHOT_FRAMES] * len(shots), END_FRAMES]
    segments, frame = [], 0
    for shot, length in zip((BLACK, *shots, BLACK), lengths, strict=True):
        tags = plan.shots[shot] if shot != BLACK else ()
        segments.append(Segment(frame / FPS, (frame + length) / FPS, shot, tags))
        frame += length
    return tuple(segments)


def _lend_strangers(truth: DemoTruth, videos: Path) -> None:
    """Results that are of something else show another movie: the next one's first video."""
    for number, movie in enumerate(truth.movies):
        other = truth.movies[(number + 1) % len(truth.movies)].winners[0]
        for video in movie.videos:
            if video.kind in (Kind.WRONG.value, Kind.NOISE.value):
                shutil.copyfile(videos / f"{other}.mp4", videos / f"{video.video_id}.mp4")


def _standing(root: Path) -> DemoLibrary | None:
    """The library that is there, when this code drew it and all its files are there."""
    try:
        truth = read_truth(root / TRUTH_FILE)
    except (OSError, msgspec.DecodeError):
        return None
    files = [root / "videos" / f"{video.video_id}.mp4" for m in truth.movies for video in m.videos]
    complete = truth.digest == _digest() and all(file.is_file() for file in files)
    return DemoLibrary(root, truth) if complete else None


def _digest() -> str:
    """A hash of the code that draws."""
    folder = Path(__file__).parent
    code = b"".join((folder / f"{name}.py").read_bytes() for name in _DRAWING)
    return hashlib.sha256(code).hexdigest()[:16]
