"""The result of an evaluation, exactly as its JSON. Keys are stable; a change of meaning raises ``version``."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from movietag.errors import UsageError
from movietag.research.evaluation.bootstrap import CONFIDENCE, Estimate
from movietag.research.evaluation.tables import Kind
from movietag.research.evaluation.tags import Group, Tier

VERSION: Final = 1

System = Literal["run", "constant_top_k", "all_tags", "exact_49", "random"]


class Choices(msgspec.Struct, frozen=True):
    """All choices that affect a number.

    Args:
        relevance: the least relevance at which a tag is true of a movie.
        min_ratio: the least appearance ratio at which a tag is assigned; never with count 0.
        resamples: of the bootstrap.
        seed: of the bootstrap and of the random baseline.
        confidence: of every interval.
    """

    relevance: float = 0.5
    min_ratio: float = 0.0
    resamples: int = 1000
    seed: int = 0
    confidence: float = CONFIDENCE


class Measures(msgspec.Struct, frozen=True):
    """The measures of ``measures.MEASURES``, which defines each in words."""

    match_ratio: Estimate
    unmatched: Estimate
    missing: Estimate
    assigned: Estimate
    precision_micro: Estimate
    recall_micro: Estimate
    f1_micro: Estimate
    precision_tags: Estimate
    recall_tags: Estimate
    f1_tags: Estimate
    precision_movies: Estimate
    f1_movies: Estimate
    ap_movies: Estimate
    ap_tags: Estimate
    auc_tags: Estimate


class EvaluationRow(msgspec.Struct, frozen=True):
    """The run, or a baseline; ``k`` is the number of tags of a constant baseline."""

    system: System
    k: int | None
    measures: Measures


class MovieResult(msgspec.Struct, frozen=True):
    """One movie over the tags of a group; a share is null if it is not defined."""

    movie_id: str
    title: str
    year: int | None
    images: int
    reference: int  # number of reference tags
    assigned: int
    match_ratio: float | None
    precision: float | None
    f1: float | None
    average_precision: float | None
    unmatched: tuple[str, ...]
    missing: tuple[str, ...]


class TagResult(msgspec.Struct, frozen=True):
    """One tag over all movies; ``ratio`` and ``relevance`` are means over movies."""

    tag: str
    tier: Tier
    group: Group
    reference: int  # number of movies that have it in the reference
    assigned: int
    ratio: float
    relevance: float
    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    auc: float | None


class GroupResult(msgspec.Struct, frozen=True):
    """A group of tags: the run first, then the baselines; and each movie."""

    group: Group
    tags: int
    reference: float  # reference tags a movie
    without_reference: int  # movies without any: no match ratio, but they count for precision
    results: tuple[EvaluationRow, ...]
    movies: tuple[MovieResult, ...]


class RunResult(msgspec.Struct, frozen=True):
    """One run against the reference."""

    run: str
    movies: int
    notes: tuple[str, ...]
    groups: tuple[GroupResult, ...]
    tags: tuple[TagResult, ...]


class GroupDifference(msgspec.Struct, frozen=True):
    """After minus before, over the same movies; an interval without 0 is a difference."""

    group: Group
    measures: Measures


class PairedComparison(msgspec.Struct, frozen=True):
    """Two runs over the movies that both have, resampled in pairs."""

    before: str
    after: str
    movies: int
    groups: tuple[GroupDifference, ...]


class Evaluation(msgspec.Struct, frozen=True):
    """Runs against one reference, with each later run compared with the first."""

    version: int
    reference: str
    kind: Kind
    choices: Choices
    runs: tuple[RunResult, ...]
    comparisons: tuple[PairedComparison, ...]


def read_evaluation(path: Path) -> Evaluation:
    """Read a file that `movietag evaluate --out` wrote.

    Raises:
        UsageError: no such file, truncated, or of another version.
    """
    remedy = "Make it again with `movietag evaluate … --out`."
    try:
        evaluation = msgspec.json.decode(path.read_bytes(), type=Evaluation)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}. {remedy}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is not an evaluation of this version: {error}. {remedy}"
        ) from None
    if evaluation.version != VERSION:
        raise UsageError(f"{path} is of version {evaluation.version}, not {VERSION}. {remedy}")
    return evaluation
