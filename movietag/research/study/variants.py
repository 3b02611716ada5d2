"""The compared taggers: the base model, and the ways to fine-tune it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.research.evaluation.tables import NamedMovie
from movietag.research.study.films import FilmFrames
from movietag.research.training.choosing import DatasetChoices
from movietag.research.training.settings import FinetuneSettings
from movietag.research.training.sources import SourceFrame

RELEVANCE: Final = 0.5
"""The least relevance at which a tag is true of a film, for training (b) and for scoring all."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to fine-tune, by the tags that a frame's sentence names."""

    key: str
    what: str
    choices: DatasetChoices


VARIANTS: Final = (
    Variant(
        "a",
        "the paper's way: one sentence for all frames of a movie, every tag by falling relevance",
        DatasetChoices(per="movie"),
    ),
    Variant("b", "the same, cut at relevance 0.5", DatasetChoices(per="movie", cut=RELEVANCE)),
    Variant(
        "c", "ours: a sentence per shot, the tags that are seen in it", DatasetChoices(per="shot")
    ),
    Variant(
        "r",
        "as c, the tags of each sentence in a random order",
        DatasetChoices(per="shot", order="random"),
    ),
)
SCORED: Final = "r"
"""The variant whose tags are also scored: by the probability that a tag is named first."""


def finetuning(epochs: float, *, batch: int = 16, learning_rate: float = 4e-3) -> FinetuneSettings:
    """The same for all variants: rank 8 is to the demo model's width what 256 is to LLaVA's 4,096."""
    return FinetuneSettings(
        epochs=epochs, rank=8, learning_rate=learning_rate, batch=batch, save_every=200
    )


class StudyFrames:
    """The study's films as a source of a data set."""

    def __init__(self, films: Sequence[FilmFrames]) -> None:
        self._films = {str(film.seed): film for film in films}

    @property
    def name(self) -> str:
        """The name in texts."""
        return "the study's drawn films"

    def movies(self) -> Sequence[NamedMovie]:
        """All films, in order."""
        return [NamedMovie(key, film.title, None) for key, film in self._films.items()]

    def frames(self, movie: NamedMovie) -> Iterator[SourceFrame]:
        """A film's frames with the tags of each."""
        film = self._films[movie.movie_id]
        for path, tags in zip(film.paths, film.tags, strict=True):
            yield SourceFrame(str(Path(path.parent.name) / path.name), path.read_bytes(), tags)
