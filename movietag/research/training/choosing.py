"""Which movies a data set includes, their splits, and the tags of their sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np

from movietag.errors import UsageError
from movietag.research.evaluation.joining import join
from movietag.research.evaluation.tables import Assigned, Floats, Joined, NamedMovie, Reference
from movietag.research.evaluation.tags import STRICT, scored_tags
from movietag.vocabulary.sentence import QUESTION

Per = Literal["movie", "shot"]
Order = Literal["vocabulary", "random"]
Part = Literal["exact", "strict", "all"]
SplitBy = Literal["auto", "folder", "picture"]
Split = Literal["train", "validation", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "validation", "test")


class DatasetChoices(msgspec.Struct, frozen=True):
    """All that decides the content of a data set.

    Args:
        per: ``movie``: one sentence for all frames of a movie, the paper's way. ``shot``: only the
            tags that are visible in the frame itself, in the vocabulary's order.
        cut: with ``movie``: the least relevance of a named tag; None: every tag is named, however irrelevant, as
            in the paper.
        most: maximum number of named tags, the most relevant ones; None: all.
        part: of the 71 tags the 49 that the genome has letter by letter, the 51 strict ones, or all.
        movies: maximum number of movies, in the order of the source, or of ``ranks``; None: all.
        ranks: ranks in MPST (first and last, from 1) of the movies to include.
        validation: share of the movies reserved for validation.
        test: share of the movies reserved for a test.
        seed: of the split, and of a random order.
        order: of the tags of a shot. ``random``, different in each frame, is for a model that scores tags: the
            score is the probability that a tag is named first.
        question: the tagger's prompt.
        split_by: of one's own pictures, whether whole folders or single pictures go into a split.
    """

    per: Per = "movie"
    cut: float | None = None
    most: int | None = None
    part: Part = "all"
    movies: int | None = None
    ranks: tuple[int, int] | None = None
    validation: float = 0.0
    test: float = 0.0
    seed: int = 0
    question: str = QUESTION
    order: Order = "vocabulary"
    split_by: SplitBy = "auto"


PAPER: Final = DatasetChoices(part="exact", movies=20, ranks=(101, 200))
"""Twenty movies of MPST's 101st to 200th, each with all 49 tags, by descending relevance."""


def checked(choices: DatasetChoices) -> DatasetChoices:
    """Check the choices, and return them.

    Raises:
        UsageError: a choice is out of its bounds, or two contradict each other.
    """
    if choices.cut is not None and not 0 < choices.cut <= 1:
        raise UsageError(f"cut is {choices.cut:g}; a relevance is above 0 and at most 1.")
    for name in ("most", "movies"):
        value = getattr(choices, name)
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}; it must be 1 or more.")
    shares = choices.validation, choices.test
    if min(shares) < 0 or sum(shares) >= 1:
        raise UsageError(
            f"validation and test are {shares[0]:g} and {shares[1]:g}: shares of the movies, 0 or more,"
            " that leave some to train on."
        )
    if choices.ranks and not 1 <= choices.ranks[0] <= choices.ranks[1]:
        raise UsageError(
            f"ranks are {choices.ranks[0]}-{choices.ranks[1]}; expected a range like 101-200."
        )
    if choices.per == "shot" and choices.cut is not None:
        raise UsageError("A cut is for sentences per movie; per shot, all visible tags are named.")
    if choices.per == "movie" and choices.order == "random":
        raise UsageError(
            "Sentences per movie are ordered by relevance; a random order is for shots."
        )
    if not choices.question.strip():
        raise UsageError("The question is blank.")
    return choices


def _columns(reference: Reference, tags: Sequence[str], part: Part) -> list[int]:
    """The columns of the part's tags that are true of any movie."""
    wanted = part_tags(part)
    columns = [
        column
        for column, tag in enumerate(tags)
        if tag in wanted and reference.relevance[:, column].any()
    ]
    if not columns:
        raise UsageError(f"{reference.source} has none of the tags of the part {part!r}.")
    return columns


def part_tags(part: Part) -> frozenset[str]:
    """The tags of a part."""
    tiers = {"exact": frozenset({"exact"}), "strict": STRICT}
    return frozenset(
        scored.tag for scored in scored_tags() if part == "all" or scored.tier in tiers[part]
    )


def choose(
    movies: Sequence[NamedMovie],
    reference: Reference,
    choices: DatasetChoices,
    ranking: Reference | None,
) -> Joined:
    """The movies to include, with the relevance of the tags that may be named.

    Args:
        movies: those that have frames.
        reference: what is true of them.
        choices: how many, and of which ranks.
        ranking: MPST, whose order is the rank; needed with ``choices.ranks``.

    Raises:
        UsageError: none is left; the text says after which step.
    """
    if choices.ranks:
        if ranking is None:
            raise UsageError(
                "Ranks are positions in MPST, which is missing (--mpst mpst_full_data.csv)."
            )
        movies = _ranked(movies, ranking, choices.ranks)
    joined = join(reference, _assigned(movies, reference))
    columns = _columns(reference, joined.tags, choices.part)
    rows = list(range(len(joined.movies)))[: choices.movies]
    taken = joined.part(rows)
    return Joined(
        taken.movies,
        tuple(joined.tags[column] for column in columns),
        taken.relevance[:, columns],
        taken.counts[:, columns],
        taken.ratios[:, columns],
        taken.images,
        joined.notes,
    )


def _ranked(
    movies: Sequence[NamedMovie], ranking: Reference, ranks: tuple[int, int]
) -> tuple[NamedMovie, ...]:
    """The movies with these ranks, by rank."""
    first, last = ranks
    there = ranking.movies[first - 1 : last]
    if not there:
        raise UsageError(
            f"{ranking.source} has {len(ranking.movies):,} movies: none is among the ranks"
            f" {first} to {last}."
        )
    # The rank replaces the relevance, so the join returns it with its movie.
    places = np.arange(len(there), dtype=np.float64)[:, None]
    source = f"{ranking.source}, ranks {first} to {last}"
    listed = Reference(ranking.kind, source, there, ("rank",), places)
    found = join(listed, _assigned(movies, listed))
    return tuple(found.movies[row] for row in np.argsort(found.relevance[:, 0]))


def _assigned(movies: Sequence[NamedMovie], reference: Reference) -> Assigned:
    """Movies as a run that assigned nothing: the input of ``join``."""
    nothing = np.zeros((len(movies), len(reference.tags)), dtype=np.int64)
    return Assigned(
        "the frames", tuple(movies), reference.tags, nothing, np.ones(len(movies), dtype=np.int64)
    )


def named_tags(
    tags: Sequence[str], relevance: Floats, cut: float | None, most: int | None
) -> tuple[str, ...]:
    """The tags of a movie's sentence, by descending relevance; equal ones in the order of ``tags``.

    ``relevance`` is (tags,). Without a cut all are named.
    """
    order = np.argsort(-relevance, kind="stable")
    kept = [tags[place] for place in order if cut is None or relevance[place] >= cut]
    return tuple(kept[:most])


def split_of(count: int, choices: DatasetChoices, noun: str = "movies") -> tuple[Split, ...]:
    """The split of each of ``count`` movies (or what ``noun`` says), at random; at least one is for training.

    A share above 0 gets at least one.

    Raises:
        UsageError: there are too few.
    """
    shares = {"validation": choices.validation, "test": choices.test}
    wanted: dict[Split, int] = {}
    for split in SPLITS[1:]:
        share = shares[split]
        wanted[split] = max(1, round(share * count)) if share else 0
    if sum(wanted.values()) >= count:
        raise UsageError(
            f"{count} {noun} are too few for a validation share of {choices.validation:g} and a test"
            f" share of {choices.test:g}: none would be left to train on."
        )
    order = np.random.default_rng(choices.seed).permutation(count)
    splits: list[Split] = ["train"] * count
    start = 0
    for split, number in wanted.items():
        for place in order[start : start + number]:
            splits[int(place)] = split
        start += number
    return tuple(splits)
