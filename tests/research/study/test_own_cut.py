"""A tagger's own cut on the appearance ratio: chosen on some films, judged on others."""

from __future__ import annotations

import numpy as np
import pytest

from movietag.research.evaluation.tables import Assigned, NamedMovie, Reference
from movietag.research.study.judging import cut_at, own_cut

FILMS = tuple(NamedMovie(str(number), f"Film {number}", None) for number in range(20))
TAGS = tuple(f"tag {number}" for number in range(8))
IMAGES = 40


def run_and_truth(seed: int, seen: float, unseen: float) -> tuple[Assigned, Reference]:
    """A tagger that finds a tag in these shares of the frames of films that have it, and that lack it."""
    rng = np.random.default_rng(seed)
    true = rng.random((len(FILMS), len(TAGS))) < 0.3
    counts = rng.binomial(IMAGES, np.where(true, seen, unseen))
    run = Assigned("run", FILMS, TAGS, counts, np.full(len(FILMS), IMAGES))
    return run, Reference("drawn", "drawn films", FILMS, TAGS, np.where(true, 0.9, 0.1))


def test_a_tagger_that_sees_gets_a_cut_between_what_is_shown_and_what_is_mistaken() -> None:
    run, reference = run_and_truth(0, 0.6, 0.05)
    found = own_cut(run, reference, 0.5)
    assert 0.1 < found.ratio < 0.6
    assert found.f1 > 0.95 > found.one_image
    assert (cut_at(run, found.ratio).counts > 0).sum() == (reference.relevance > 0.5).sum()


@pytest.mark.parametrize("seed", range(5))
def test_the_cut_of_a_tagger_that_says_the_same_of_all_films_is_worth_nothing(seed: int) -> None:
    """On the very films some cut beats none, however blind the tagger; on others by chance at most."""
    run, reference = run_and_truth(seed, 0.3, 0.3)
    found = own_cut(run, reference, 0.5)
    assert found.f1 <= found.one_image + 0.02
    assert (found.ratio == 0) == (found.f1 <= found.one_image)


def test_a_single_film_cannot_be_parted_so_one_image_is_enough() -> None:
    run, reference = run_and_truth(0, 0.6, 0.05)
    one = Assigned("run", FILMS[:1], TAGS, run.counts[:1], run.images[:1])
    truth = Reference("drawn", "drawn films", FILMS[:1], TAGS, reference.relevance[:1])
    assert own_cut(one, truth, 0.5).ratio == 0
