"""Cuts that are judged on movies they were not learned from; a score that says nothing counts for nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from movietag.captioning.thresholds import NEVER, Judgement, Scores, Truth
from movietag.errors import UsageError
from movietag.research.training.cross_validation import Learned, cross_validate
from movietag.vocabulary import Vocabulary

MOVIES, EACH = 20, 20
MOVIE_OF = np.repeat(np.arange(MOVIES), EACH)
VOCABULARY = Vocabulary("few", {"horror": (), "comedy": (), "western": (), "absurd": ()})


class Frames(NamedTuple):
    """Scores and truth of 400 frames of 20 movies, a column a tag."""

    scores: Scores
    truth: Truth


def drawn(seed: int = 0) -> Frames:
    """horror is told apart, comedy not at all, western by its movie alone, and nobody saw absurd."""
    rng = np.random.default_rng(seed)
    shape = len(MOVIE_OF), len(VOCABULARY.tags)
    truth = rng.random(shape) < (0.3, 0.4, 0.3, 0.0)
    scores = rng.random(shape)
    scores[:, 0] = np.where(truth[:, 0], 0.02, 0.001) * rng.lognormal(0, 0.3, len(truth))
    scores[:, 2] = rng.random(MOVIES)[
        MOVIE_OF
    ]  # the same in all frames of a movie, of its truth nothing
    return Frames(scores.astype(np.float32), truth)


def learned(frames: Frames, movies: NDArray[np.int_] = MOVIE_OF) -> Learned:
    names = [f"Film {number}" for number in movies]
    return cross_validate("llava.tags@1", VOCABULARY, *frames, names)


def judgement(found: Learned) -> Judgement:
    assert found.thresholds.judged is not None
    return found.thresholds.judged


def counting(found: Learned) -> list[str]:
    return [tag for tag, cut in found.thresholds.tags.items() if cut.counts]


@pytest.mark.parametrize("seed", range(4))
def test_only_a_score_that_says_more_than_always_counts(seed: int) -> None:
    frames = drawn(seed)
    found = learned(frames)
    assert counting(found) == ["horror"]
    assert found.thresholds.tags["absurd"] == NEVER
    assert judgement(found).never == {
        "comedy": "says-no-more-than-always",
        "western": "says-no-more-than-always",
        "absurd": "too-few-frames",
    }
    judged = judgement(found).tags
    assert list(judged) == ["horror", "comedy", "western"]  # nobody can judge what nobody saw
    assert judged["horror"].f1 == 1.0
    share = frames.truth[:, 1].mean()
    assert judged["comedy"].always == pytest.approx(2 * share / (1 + share), abs=1e-4)
    assert judged["comedy"].least_gain <= 0
    tags = [found.thresholds.found(VOCABULARY.tags, row) for row in frames.scores]
    assert [list(one) == ["horror"] for one in tags] == frames.truth[:, 0].tolist()
    assert all(0.5 < one["horror"] <= 1 for one in tags if one)


def test_chance_makes_few_tags_count() -> None:
    """Of 60 tags with scores that say nothing; chance alone would let the half be above "always"."""
    vocabulary = Vocabulary("many", {f"tag {number}": () for number in range(60)})
    rng = np.random.default_rng(5)
    truth = rng.random((200, 60)) < 0.2
    scores = rng.random((200, 60)).astype(np.float32)
    movies = [f"Film {number // 10}" for number in range(200)]
    found = cross_validate("a", vocabulary, scores, truth, movies)
    assert len(counting(found)) <= 6
    judged = judgement(found)
    assert len(judged.tags) == 60
    assert judged.f1 < judged.always  # the decision, too, is judged on other movies


def test_no_frame_is_judged_by_a_cut_that_was_learned_from_its_movie() -> None:
    """One movie's scores are turned upside down: its own frames cannot change what is said of them."""
    frames = drawn()
    before = learned(frames).out_of_fold
    movie = MOVIE_OF == 3
    turned = frames.truth.copy()
    turned[movie, 0] = ~turned[movie, 0]
    # The same number of frames with the tag in each movie, or the folds would be others.
    turned[movie, 0] = np.roll(frames.truth[movie, 0], 7)
    after = learned(Frames(frames.scores, turned)).out_of_fold
    assert (turned[movie, 0] != frames.truth[movie, 0]).any()
    assert (after[movie, 0] == before[movie, 0]).all()


def test_a_tag_of_one_movie_alone_is_judged_over_frames_and_said_to_be() -> None:
    frames = drawn()
    frames.truth[MOVIE_OF > 0, 0] = False
    frames.truth[MOVIE_OF == 0, 0] = True
    frames.scores[:, 0] = np.where(frames.truth[:, 0], 0.9, 0.1)
    found = judgement(learned(frames)).tags
    assert {tag: one.over for tag, one in found.items()} == {
        "horror": "frames",
        "comedy": "movies",
        "western": "movies",
    }


def test_without_movies_frames_are_parted_and_every_run_gives_the_same() -> None:
    frames = drawn()
    unknown = cross_validate("llava.tags@1", VOCABULARY, *frames)
    assert judgement(unknown).movies == 0
    assert {one.over for one in judgement(unknown).tags.values()} == {"frames"}
    assert counting(unknown) == ["horror"]
    assert unknown.thresholds == cross_validate("llava.tags@1", VOCABULARY, *frames).thresholds
    assert learned(frames).thresholds == learned(frames).thresholds


def test_the_order_of_the_frames_does_not_matter_where_movies_are_known() -> None:
    frames = drawn()
    order = np.random.default_rng(1).permutation(len(MOVIE_OF))
    mixed = learned(Frames(frames.scores[order], frames.truth[order]), MOVIE_OF[order])
    assert judgement(mixed) == judgement(learned(frames))
    assert (mixed.out_of_fold == learned(frames).out_of_fold[order]).all()


def test_without_frames_nothing_can_be_learned() -> None:
    none = np.zeros((0, 4))
    with pytest.raises(UsageError, match="no frames"):
        cross_validate("a", VOCABULARY, none.astype(np.float32), none.astype(bool))
