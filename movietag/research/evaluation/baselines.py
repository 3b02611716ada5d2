"""Baselines that never look at a frame: floors for every result, over the same movies and tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from movietag.research.evaluation.counting import Outcomes
from movietag.research.evaluation.tables import Flags, Floats, JudgedTags
from movietag.research.evaluation.tags import exact_tags

RANDOM_DRAWS = 100


def constant(judged: JudgedTags, tags: Flags) -> JudgedTags:
    """The same tags for every movie.

    Tags are ranked by how many movies have them in the reference, the selected ones first; movies, which are all
    equal, are not ranked at all.
    """
    movies = len(judged.reference)
    order = judged.reference.sum(axis=0) / (movies + 1.0) + tags
    return JudgedTags(judged.reference, np.tile(tags, (movies, 1)), np.tile(order, (movies, 1)))


def all_tags(judged: JudgedTags) -> JudgedTags:
    """Every tag for every movie: a match ratio of 1."""
    return constant(judged, np.ones(judged.reference.shape[1], dtype=np.bool_))


def exact_49(judged: JudgedTags, tags: Sequence[str]) -> JudgedTags:
    """The tags that are among the paper's 49, for every movie."""
    exact = exact_tags()
    return constant(judged, np.array([tag in exact for tag in tags], dtype=np.bool_))


def constant_top_k(judged: JudgedTags) -> tuple[int, JudgedTags]:
    """The k tags that most movies have in the reference, for every movie; and k.

    k is the one with the highest micro F1 (the least of several). Tags and k are selected on the same reference
    that scores them, so this floor is slightly too high, never too low. Among tags of equally many movies, the
    earlier one in the vocabulary comes first.
    """
    having = judged.reference.sum(axis=0)
    order = np.argsort(-having, kind="stable")
    movies, tags = judged.reference.shape
    hits = np.cumsum(having[order]).astype(np.float64)
    size = np.arange(1, tags + 1) * float(movies)
    scores = Outcomes(hits, size - hits, having.sum() - hits).f1
    best = int(np.argmax(scores)) + 1
    chosen = np.zeros(tags, dtype=np.bool_)
    chosen[order[:best]] = True
    return best, constant(judged, chosen)


def random_baselines(judged: JudgedTags, seed: int) -> Iterator[JudgedTags]:
    """For each movie as many random tags as it was assigned, evenly distributed; ``RANDOM_DRAWS`` times."""
    chance = np.random.default_rng(seed)
    many = judged.assigned.sum(axis=1)[:, None]
    for _ in range(RANDOM_DRAWS):
        order: Floats = chance.random(judged.assigned.shape)
        rank = order.argsort(axis=1).argsort(axis=1)
        drawn = rank < many
        yield JudgedTags(judged.reference, drawn, drawn.astype(np.float64))
