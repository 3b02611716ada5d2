"""Movies: plans, the files made of them, and the truth about them against the pipeline's sampler."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest

from movietag.demo.search import find
from movietag.drawn.catalogue import FILMS, NOBODY_FINDS, Film, Kind
from movietag.drawn.film import LEAST_DISTANCE, draw_movie
from movietag.drawn.heldout import SAMPLING, held_out_film, sampled_frames
from movietag.drawn.library import truth_of
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.movies import BLACK, SHOTS_A_VIDEO, plan_movie
from movietag.drawn.truth import expected, expected_movie
from movietag.frames.extract import extract_video
from movietag.frames.filters import hamming, perceptual_hash
from movietag.frames.jpeg import scale_to_fit
from movietag.frames.sampling import targets
from movietag.records import Sampling

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def film() -> Film:
    return held_out_film(77, shots=14, videos=4)


@pytest.fixture(scope="module")
def folder(film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos")
    draw_movie(plan_movie(film), path)
    return path


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.title)
def test_plan(film: Film) -> None:
    plan = plan_movie(film)
    assert plan == plan_movie(film)
    assert 40 <= plan.seconds <= 90
    assert all(1 <= len(tags) <= 3 for tags in plan.shots)
    relevance = plan.relevance()
    assert tuple(relevance) == DRAWN_TAGS
    assert all(0 < value <= 1 for value in relevance.values())
    assert min(relevance[tag] for tag in film.main) > max(relevance[tag] for tag in film.side)
    true = [video for video in plan.videos if video.kind is Kind.TRUE]
    assert len(plan.videos) >= 6
    assert len(true) >= 5
    for video in true:
        assert len(video.shots) == SHOTS_A_VIDEO
        assert len(set(video.shots)) >= 6


def test_the_demo_has_black_repeated_wrong_and_damaged() -> None:
    videos = [video for film in FILMS for video in plan_movie(film).videos]
    assert {video.kind for video in videos} == set(Kind)
    assert any(BLACK in video.shots for video in videos)
    clean = [[shot for shot in video.shots if shot != BLACK] for video in videos]
    assert any(len(set(shots)) < len(shots) for shots in clean)


def of_ten(start: float, end: float) -> Sampling:
    """Ten slots, with these trims."""
    return Sampling(10, start, end, "keyframes", 640, 360, 85, True, True, 6)


@pytest.mark.parametrize("trim", [(2.0, 4.0), (0.0, 0.0)])
def test_every_demo_video_can_be_foretold(trim: tuple[float, float]) -> None:
    images = set()
    for film in FILMS:
        movie = truth_of(plan_movie(film), ())
        found = expected_movie(movie, lambda video: targets(video.seconds, of_ten(*trim)))
        images.add(found.images)
        assert len(movie.winners) == 5
        assert all(video.seconds >= 20 for video in movie.videos)
        assert max(found.ratio(tag) for tag in film.main) >= 0.3
    assert len(images) > 3  # the films do not all have the same number


def test_repeated_and_black_shots_are_dropped_as_foretold(film: Film, folder: Path) -> None:
    movie = truth_of(plan_movie(film), ())
    for trim in ((2.0, 4.0), (0.0, 0.0)):
        for video in movie.videos:
            slots = expected(video, targets(video.seconds, of_ten(*trim)))
            extraction = extract_video(folder / f"{video.video_id}.mp4", of_ten(*trim))
            kept = [frame.slot for frame in extraction]
            assert kept == [slot.slot for slot in slots if not slot.dropped]
            assert {one.slot: one.reason for one in extraction.dropped} == {
                slot.slot: slot.dropped for slot in slots if slot.dropped
            }


def test_held_out_frames_are_sampled_as_foretold(tmp_path: Path) -> None:
    frames = list(sampled_frames(held_out_film(78, shots=11, videos=1), tmp_path))
    assert 6 <= len(frames) <= 10
    assert all(jpeg.startswith(b"\xff\xd8") and tags for jpeg, tags in frames)


def test_different_shots_hash_far_apart(film: Film, folder: Path) -> None:
    for video in plan_movie(film).videos:
        hashes: dict[int, list[int]] = {}
        times = iter([BLACK, *video.shots, BLACK])
        with av.open(str(folder / f"{video.video_id}.mp4")) as container:
            for frame in container.decode(video=0):
                if frame.key_frame:
                    picture = scale_to_fit(
                        np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), 640, 360
                    )
                    hashes.setdefault(next(times), []).append(perceptual_hash(picture))
        assert next(times, None) is None  # a keyframe at the start of each shot, and nowhere else
        for one, other in combinations(sorted(hashes.keys() - {BLACK}), 2):
            # H.264 moves a bit or two of what was checked before encoding
            assert hamming(hashes[one][0], hashes[other][0]) > LEAST_DISTANCE - 3
        for shot, codes in hashes.items():
            if shot != BLACK:
                assert all(hamming(codes[0], code) <= 2 for code in codes)


def test_the_search_finds_six_for_each_and_nothing_for_one() -> None:
    movies = [truth_of(plan_movie(film), ()) for film in FILMS]
    videos = [video for movie in movies for video in movie.videos]
    for movie in movies:
        found = find(f"{movie.title} {movie.year} official trailer", videos, 15)
        assert len(found) >= 6
        assert set(found) == set(movie.videos)
    assert find(f"{NOBODY_FINDS} official trailer", videos, 15) == ()
    assert find("", videos, 15) == ()


def test_the_first_result_for_one_movie_is_another_film() -> None:
    movies = [truth_of(plan_movie(film), ()) for film in FILMS]
    videos = [video for movie in movies for video in movie.videos]
    first = find("Silver Creek 1962 official trailer", videos, 15)[0]
    assert first.kind == "wrong"


def test_defaults_are_the_pipelines() -> None:
    assert (SAMPLING.slots, SAMPLING.width, SAMPLING.height) == (10, 640, 360)
