"""Shots: the same seed is the same picture, and what a shot is said to carry can be seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movietag.drawn.catalogue import FILMS
from movietag.drawn.motifs import DRAWN_TAGS, MOTIFS
from movietag.drawn.shots import ShotRenderer, draw_shot
from movietag.frames.filters import is_dark
from movietag.vocabulary import load

SEEDS = st.integers(0, 2**31)
TAG_SETS = st.lists(st.sampled_from(DRAWN_TAGS), min_size=1, max_size=3, unique=True).map(tuple)


def test_drawn_tags_are_of_the_vocabulary_and_in_its_order() -> None:
    known = load("mpst").tags
    places = [known.index(tag) for tag in DRAWN_TAGS]
    assert places == sorted(places)
    assert len(DRAWN_TAGS) == 14


def test_every_drawn_tag_is_in_some_film() -> None:
    assert {tag for film in FILMS for tag in (*film.main, *film.side)} == set(DRAWN_TAGS)


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, tags=TAG_SETS, progress=st.floats(0, 1))
def test_same_seed_same_picture(seed: int, tags: tuple[str, ...], progress: float) -> None:
    first = ShotRenderer(seed, tags, 320, 180).frame(progress)
    assert np.array_equal(first, ShotRenderer(seed, tags, 320, 180).frame(progress))
    assert not np.array_equal(first, ShotRenderer(seed + 1, tags, 320, 180).frame(progress))
    assert first.shape == (180, 320, 3)


def test_a_shot_is_the_scene_over_time() -> None:
    frames = list(draw_shot(5, ("horror",), 320, 180, 4))
    scene = ShotRenderer(5, ("horror",), 320, 180)
    assert len(frames) == 4
    assert np.array_equal(frames[-1], scene.frame(1.0))
    assert not np.array_equal(frames[0], frames[-1])  # something moves


@pytest.mark.heavy
@pytest.mark.parametrize("tag", DRAWN_TAGS)
def test_a_motif_fills_a_good_part_of_the_frame(tag: str) -> None:
    for seed in range(3):
        with_motif = ShotRenderer(seed, (tag,), 640, 360).frame(0.5).astype(int)
        without = ShotRenderer(seed, (), 640, 360).frame(0.5).astype(int)
        changed = np.abs(with_motif - without).max(axis=2) > 40
        assert changed.mean() > 0.03, f"{tag} can hardly be seen with seed {seed}"


def test_a_motif_has_no_colour_of_its_own() -> None:
    for tag in DRAWN_TAGS:
        bodies = {ShotRenderer(seed, (tag,), 64, 36).actors[0].inks[0] for seed in range(20)}
        assert len(bodies) == 20


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, tags=TAG_SETS)
def test_motifs_stay_apart_and_inside(seed: int, tags: tuple[str, ...]) -> None:
    actors = ShotRenderer(seed, tags, 640, 360).actors
    assert {actor.tag for actor in actors} == set(tags)
    for number, one in enumerate(actors):
        assert one.radius * 0.5 < one.x < 640 / 360 - one.radius * 0.5
        assert one.radius * 0.5 < one.y < 1 - one.radius * 0.5
        for other in actors[:number]:
            assert np.hypot(one.x - other.x, one.y - other.y) > one.radius


def test_motifs_lie_in_their_box() -> None:
    for parts in MOTIFS.values():
        for part in parts:
            assert np.abs(part.points).max() <= 1.05


def test_nights_are_not_dark_frames() -> None:
    dark = sum(is_dark(ShotRenderer(seed, ("western",), 320, 180).frame(0.5)) for seed in range(60))
    assert dark <= 1  # the few that are get drawn again
