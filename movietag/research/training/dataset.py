"""Building a data set: frames from a source, sentences from a reference, split by movie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from movietag.errors import UsageError
from movietag.files import new_folder
from movietag.research.evaluation.reading import ignore_progress
from movietag.research.evaluation.tables import Joined, NamedMovie, Reference
from movietag.research.training.choosing import (
    DatasetChoices,
    Split,
    checked,
    choose,
    named_tags,
    split_of,
)
from movietag.research.training.frame_form import FrameForm
from movietag.research.training.sources import FrameSource, SourceFrame
from movietag.research.training.stored import (
    Line,
    SplitStatistics,
    Stored,
    read_dataset,
    statistics,
)
from movietag.research.training.writing import ExampleWriter
from movietag.vocabulary.sentence import sentence

CARD: Final = "dataset.json"


class Card(msgspec.Struct, frozen=True):
    """The description of a data set: all choices, their result, and what was left out and why.

    ``vocabulary`` (its id) and ``frames`` (what pictures were made) are of a data set of one's own pictures.
    """

    source: str
    reference: str
    choices: DatasetChoices
    digest: str
    splits: dict[Split, SplitStatistics]
    movies: dict[str, tuple[str, ...]]  # split -> movies
    notes: tuple[str, ...]
    vocabulary: str = ""
    frames: FrameForm | None = None


def build_dataset(
    source: FrameSource,
    reference: Reference,
    choices: DatasetChoices,
    out: Path,
    *,
    ranking: Reference | None = None,
    progress: Callable[[int, int], None] = ignore_progress,
) -> Card:
    """Build a data set in the new folder ``out``; it appears whole or not at all.

    Args:
        source: movies with their frames.
        reference: what is true of movies; with ``per="shot"`` it only decides which movies to include.
        choices: all that decides the content.
        out: the folder, which must not exist.
        ranking: MPST, if the choices have ranks.
        progress: receives the movies done, and their total.

    Raises:
        UsageError: a choice is invalid, no movie is left, a picture cannot be read, or a source does not know
            the tags of a frame.
    """
    checked(choices)
    taken = choose(source.movies(), reference, choices, ranking)
    splits = split_of(len(taken.movies), choices)
    # In MPST, 0 means that the tag was not recorded: it is never named, with or without a cut.
    cut = 1.0 if reference.kind == "mpst" else choices.cut
    with new_folder(out) as folder:
        writer = _Writer(folder, choices, cut)
        for number, (movie, split) in enumerate(zip(taken.movies, splits, strict=True)):
            writer.add(number, movie, taken, source.frames(movie), split)
            progress(number + 1, len(taken.movies))
        notes = (*taken.notes, *writer.notes())
        if not (folder / "train").is_dir():
            raise UsageError(f"No frame to train on is left of {source.name}. {' '.join(notes)}")
        stored = read_dataset(folder)
        card = Card(
            source=source.name,
            reference=reference.source,
            choices=choices,
            digest=stored.digest,
            splits=statistics(stored),
            movies={split: tuple(sorted(stored.movies(split))) for split in stored.splits},
            notes=notes,
        )
        write_card(folder, card)
    return card


def write_card(folder: Path, card: Card) -> None:
    """Write the description of a data set into its folder."""
    (folder / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=1))


def read_card(stored: Stored) -> Card | None:
    """The description of a data set; None if it was built by another program."""
    try:
        return msgspec.json.decode((stored.folder / CARD).read_bytes(), type=Card)
    except (OSError, msgspec.DecodeError):
        return None


class _Writer:
    """Selects what each frame says, writes it, and counts what was left out."""

    def __init__(self, folder: Path, choices: DatasetChoices, cut: float | None) -> None:
        self._examples = ExampleWriter(folder)
        self._choices = choices
        self._cut = cut
        self._order = np.random.default_rng((choices.seed, 1))
        self._tagless_frames = 0
        self._tagless_movies: list[str] = []

    def add(
        self,
        number: int,
        movie: NamedMovie,
        taken: Joined,
        frames: Iterator[SourceFrame],
        split: Split,
    ) -> None:
        """Write the frames of the movie in row ``number`` of ``taken``."""
        tags = named_tags(taken.tags, taken.relevance[number], self._cut, self._choices.most)
        if self._choices.per == "movie" and not tags:
            self._tagless_movies.append(movie.title)
            return
        for frame in frames:
            said = tags if self._choices.per == "movie" else self._seen_tags(frame)
            if not said:
                self._tagless_frames += 1
                continue
            line = Line("", self._choices.question, sentence(said), movie.movie_id, frame.origin)
            self._examples.add(split, number, frame.data, line)

    def _seen_tags(self, frame: SourceFrame) -> tuple[str, ...]:
        if frame.tags is None:
            raise UsageError(
                f"{frame.origin}: the tags of this frame are unknown. For sentences per shot put a"
                " tags.csv (file_name, tags) next to the frames, or use sentences per movie."
            )
        tags = frame.tags
        if self._choices.order == "random":
            tags = tuple(tags[at] for at in self._order.permutation(len(tags)))
        return tags[: self._choices.most]

    def notes(self) -> Iterator[str]:
        """What was left out, and why."""
        if self._examples.twice:
            yield f"{self._examples.twice} frames left out: the same picture occurred before."
        if self._tagless_frames:
            yield f"{self._tagless_frames} frames left out: they show no tag."
        if self._tagless_movies:
            yield (
                f"{len(self._tagless_movies)} movies left out: no tag has a relevance from"
                f" {self._cut:g} on: {', '.join(self._tagless_movies[:5])}."
            )
