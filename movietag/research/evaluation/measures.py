"""All measures of one tagger over one group of tags, for any number of bootstrap draws at the same time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from movietag.research.evaluation import counting, ranking
from movietag.research.evaluation.tables import Floats, JudgedTags

MEASURES: Mapping[str, str] = {
    "match_ratio": "share of a movie's reference tags that were assigned, mean over movies",
    "unmatched": "tags a movie that were assigned and are not in the reference",
    "missing": "tags a movie that are in the reference and were not assigned",
    "assigned": "tags a movie that were assigned",
    "precision_micro": "share of all assigned tags that are in the reference",
    "recall_micro": "share of all reference tags that were assigned",
    "f1_micro": "2 TP / (2 TP + FP + FN) over all pairs of movie and tag",
    "precision_tags": "precision of each tag, mean over tags (macro)",
    "recall_tags": "recall of each tag, mean over tags (macro)",
    "f1_tags": "F1 of each tag, mean over tags (macro)",
    "precision_movies": "precision of each movie, mean over movies",
    "f1_movies": "F1 of each movie, mean over movies",
    "ap_movies": "average precision of each movie's tags by ratio, mean over movies",
    "ap_tags": "average precision of each tag's films by ratio, mean over tags",
    "auc_tags": "AUC of each tag over films by ratio, mean over tags; 0.5 is chance",
}

MOST_CELLS = 1 << 20  # of draws by movies by tags at once: 8 MiB an array


def measure(judged: JudgedTags, weights: Floats) -> dict[str, Floats]:
    """Every measure of ``MEASURES``, each (draws,).

    A mean over tags or movies covers those for which the measure is defined, separately in each draw.

    Args:
        judged: movies by tags.
        weights: (draws, movies): how often each movie is in each draw.
    """
    most = max(1, MOST_CELLS // max(1, judged.reference.size))
    parts = [
        _measure(judged, weights[start : start + most]) for start in range(0, len(weights), most)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in MEASURES}


def _measure(judged: JudgedTags, weights: Floats) -> dict[str, Floats]:
    movies = counting.per_movie(judged)
    tags = counting.per_tag(judged, weights)
    together = counting.micro(tags)

    def mean(values: Floats) -> Floats:
        return counting.mean_over_movies(values, weights)

    return {
        "match_ratio": mean(counting.match_ratio(judged)),
        "unmatched": mean(counting.unmatched(judged)),
        "missing": mean(counting.missing(judged)),
        "assigned": mean(judged.assigned.sum(axis=1).astype(np.float64)),
        "precision_micro": together.precision,
        "recall_micro": together.recall,
        "f1_micro": together.f1,
        "precision_tags": counting.mean_over_tags(tags.precision),
        "recall_tags": counting.mean_over_tags(tags.recall),
        "f1_tags": counting.mean_over_tags(tags.f1),
        "precision_movies": mean(movies.precision),
        "f1_movies": mean(movies.f1),
        "ap_movies": mean(ap_of_movies(judged)),
        "ap_tags": counting.mean_over_tags(
            ranking.average_precision(judged.reference, judged.scores, weights)
        ),
        "auc_tags": counting.mean_over_tags(ranking.auc(judged.reference, judged.scores, weights)),
    }


def ap_of_movies(judged: JudgedTags) -> Floats:
    """Average precision of each movie's tags, (movies,)."""
    ones = np.ones((1, judged.reference.shape[1]))
    ranked: Floats = ranking.average_precision(judged.reference.T, judged.scores.T, ones)[0]
    return ranked
