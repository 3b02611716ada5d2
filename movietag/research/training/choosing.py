"""Which movies a data set takes, in which split each goes, and which tags stand in a sentence. Pure."""

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
Split = Literal["train", "validation", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "validation", "test")


class DatasetChoices(msgspec.Struct, frozen=True):
    """All that decides what is in a data set.

    Args:
        per: ``movie``: one sentence for all frames of a movie, the paper's way. ``shot``: only the
            tags that are seen in the frame itself, in the vocabulary's order.
        cut: with ``movie``: a tag is named from this relevance on; None: every tag, however
            little it belongs to the movie, as in the paper.
        most: tags named at most, the most relevant ones; None: all.
        part: of the 71 tags the 49 that the genome has letter by letter, the 51 strict ones, or all.
        movies: taken at most, in the order of the source, or of ``ranks``; None: all.
        ranks: places in MPST (first and last, from 1 on) among which movies are taken.
        validation: share of the movies that is kept for validation.
        test: share of the movies that is kept for a test.
        seed: of the split, and of a random order.
        order: of the tags of a shot. ``random``, other in each frame, is for a model that scores tags:
            what is scored is how likely a tag is to be named first.
        question: what the tagger is asked.
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


PAPER: Final = DatasetChoices(part="exact", movies=20, ranks=(101, 200))
"""Twenty movies of MPST's 101st to 200th, each with all 49 tags, by falling relevance."""


def checked(choices: DatasetChoices) -> DatasetChoices:
    """The same.

    Raises:
        UsageError: a choice is out of its bounds, or two do not go together.
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
            f"ranks are {choices.ranks[0]}-{choices.ranks[1]}; give them like 101-200."
        )
    if choices.per == "shot" and choices.cut is not None:
        raise UsageError("A cut is for sentences per movie; per shot, what is seen is named.")
    if choices.per == "movie" and choices.order == "random":
        raise UsageError("Per movie tags stand by falling relevance; a random order is for shots.")
    if not choices.question.strip():
        raise UsageError("The question is blank.")
    return choices


def tags_of(part: Part) -> frozenset[str]:
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
    """The movies that are taken, with the relevance of the tags that may be named.

    Args:
        movies: those that have frames.
        reference: what is true of them.
        choices: how many, and from which ranks.
        ranking: MPST, whose order is the rank; needed with ``choices.ranks``.

    Raises:
        UsageError: none is left; the text says at which step.
    """
    if choices.ranks:
        if ranking is None:
            raise UsageError("Ranks are places in MPST: give it too (--mpst mpst_full_data.csv).")
        movies = _ranked(movies, ranking, choices.ranks)
    found = join(reference, _assigned(movies, reference))
    part = tags_of(choices.part)
    columns = [
        place
        for place, tag in enumerate(found.tags)
        if tag in part and reference.relevance[:, place].any()
    ]
    if not columns:
        raise UsageError(f"{reference.source} has none of the tags of the part {choices.part!r}.")
    rows = list(range(len(found.movies)))[: choices.movies]
    taken = found.part(rows)
    return Joined(
        taken.movies,
        tuple(found.tags[place] for place in columns),
        taken.relevance[:, columns],
        taken.counts[:, columns],
        taken.ratios[:, columns],
        taken.images,
        found.notes,
    )


def _ranked(
    movies: Sequence[NamedMovie], ranking: Reference, ranks: tuple[int, int]
) -> tuple[NamedMovie, ...]:
    """The movies that stand among the ranks, by rank."""
    first, last = ranks
    there = ranking.movies[first - 1 : last]
    if not there:
        raise UsageError(
            f"{ranking.source} has {len(ranking.movies):,} movies: none is among the ranks"
            f" {first} to {last}."
        )
    # The rank stands in the place of a relevance, so that it comes out of the join with its movie.
    places = np.arange(len(there), dtype=np.float64)[:, None]
    source = f"{ranking.source}, ranks {first} to {last}"
    listed = Reference(ranking.kind, source, there, ("rank",), places)
    found = join(listed, _assigned(movies, listed))
    return tuple(found.movies[row] for row in np.argsort(found.relevance[:, 0]))


def _assigned(movies: Sequence[NamedMovie], reference: Reference) -> Assigned:
    """Movies as a run that assigned nothing: what ``join`` takes."""
    nothing = np.zeros((len(movies), len(reference.tags)), dtype=np.int64)
    return Assigned(
        "the frames", tuple(movies), reference.tags, nothing, np.ones(len(movies), dtype=np.int64)
    )


def named_tags(
    tags: Sequence[str], relevance: Floats, cut: float | None, most: int | None
) -> tuple[str, ...]:
    """The tags of a movie's sentence, by falling relevance; equal ones in the order of ``tags``.

    ``relevance`` is (tags,). Without a cut all are named.
    """
    order = np.argsort(-relevance, kind="stable")
    kept = [tags[place] for place in order if cut is None or relevance[place] >= cut]
    return tuple(kept[:most])


def split_of(count: int, choices: DatasetChoices) -> tuple[Split, ...]:
    """The split of each of ``count`` movies, by chance; at least one movie is to train on.

    A share above 0 gets a movie at least.

    Raises:
        UsageError: there are too few movies for it.
    """
    shares = {"validation": choices.validation, "test": choices.test}
    wanted: dict[Split, int] = {}
    for split in SPLITS[1:]:
        share = shares[split]
        wanted[split] = max(1, round(share * count)) if share else 0
    if sum(wanted.values()) >= count:
        raise UsageError(
            f"{count} movies are too few for a validation share of {choices.validation:g} and a test"
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
