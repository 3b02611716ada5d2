"""The detailed results: one row per movie, one per tag."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from movietag.research.evaluation import counting, ranking
from movietag.research.evaluation.measures import ap_of_movies
from movietag.research.evaluation.results import MovieResult, TagResult
from movietag.research.evaluation.tables import Flags, Joined, JudgedTags, Kind
from movietag.research.evaluation.tags import scored_tags


def movie_results(
    joined: Joined, judged: JudgedTags, tags: Sequence[str]
) -> tuple[MovieResult, ...]:
    """Each movie, in the run's order, over the tags of ``judged``."""
    outcomes = counting.per_movie(judged)
    precision, recall, f1 = outcomes.precision, outcomes.recall, outcomes.f1
    ranked = ap_of_movies(judged)
    return tuple(
        MovieResult(
            movie_id=movie.movie_id,
            title=movie.title,
            year=movie.year,
            images=int(joined.images[row]),
            reference=int(judged.reference[row].sum()),
            assigned=int(judged.assigned[row].sum()),
            match_ratio=_defined(recall[row]),
            precision=_defined(precision[row]),
            f1=_defined(f1[row]),
            average_precision=_defined(ranked[row]),
            unmatched=_named(tags, judged.assigned[row] & ~judged.reference[row]),
            missing=_named(tags, judged.reference[row] & ~judged.assigned[row]),
        )
        for row, movie in enumerate(joined.movies)
    )


def tag_results(joined: Joined, judged: JudgedTags, kind: Kind) -> tuple[TagResult, ...]:
    """Each tag, in the vocabulary's order; ``kind`` is the reference's."""
    ones = np.ones((1, len(joined.movies)))
    outcomes = counting.per_tag(judged, ones)
    precision, recall, f1 = outcomes.precision[0], outcomes.recall[0], outcomes.f1[0]
    ranked = ranking.average_precision(judged.reference, judged.scores, ones)[0]
    apart = ranking.auc(judged.reference, judged.scores, ones)[0]
    of = {scored.tag: scored for scored in scored_tags()} if kind != "own" else {}
    return tuple(
        TagResult(
            tag=tag,
            tier=of[tag].tier if of else "own",
            group=of[tag].group if of else "all",
            reference=int(judged.reference[:, at].sum()),
            assigned=int(judged.assigned[:, at].sum()),
            ratio=float(joined.ratios[:, at].mean()),
            relevance=float(joined.relevance[:, at].mean()),
            precision=_defined(precision[at]),
            recall=_defined(recall[at]),
            f1=_defined(f1[at]),
            average_precision=_defined(ranked[at]),
            auc=_defined(apart[at]),
        )
        for at, tag in enumerate(joined.tags)
    )


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _named(tags: Sequence[str], flags: Flags) -> tuple[str, ...]:
    return tuple(tag for tag, there in zip(tags, flags, strict=True) if there)
