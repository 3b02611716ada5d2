"""Tagging the films' frames with a tagger, and scoring the result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from movietag.captioning.vision_model import VisionModel
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.demo_model.scoring import Tags, micro_f1
from movietag.research.evaluation.tables import Assigned, NamedMovie, Reference
from movietag.research.evaluation.tags import scored_tags
from movietag.research.study.films import FilmFrames
from movietag.research.training.cross_validation import FOLDS
from movietag.vocabulary import Vocabulary

TAGS = tuple(scored.tag for scored in scored_tags())


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tags of each frame of each film, and the frames tagged per second."""

    films: tuple[tuple[frozenset[str], ...], ...]
    per_second: float
    examples: tuple[str, ...]  # answers to the first frames


def tag_films(
    model: VisionModel,
    films: Sequence[FilmFrames],
    vocabulary: Vocabulary,
    report: Callable[[int, int], None],
) -> Tagged:
    """Tag all frames, in the served batch size; ``report`` receives the films done, and of all."""
    found, said, seconds, frames = [], [], 0.0, 0
    for number, film in enumerate(films):
        pictures = read_pictures(model, film)
        start = time.perf_counter()
        tags: list[frozenset[str]] = []
        for first in range(0, len(pictures), model.settings.max_batch):
            answers, _ = model.answer(pictures[first : first + model.settings.max_batch])
            said += [one.caption for one in answers]
            tags += [
                frozenset(msgspec.json.decode(one.scored)["confidence"])
                if one.scored
                else vocabulary.match(one.caption)
                for one in answers
            ]
        seconds += time.perf_counter() - start
        frames += len(pictures)
        found.append(tuple(tags))
        report(number + 1, len(films))
    return Tagged(tuple(found), frames / seconds, tuple(said[:3]))


def read_pictures(model: VisionModel, film: FilmFrames) -> list[Image]:
    """A film's frames, decoded and padded as in serving.

    Raises:
        PermanentError: one cannot be decoded.
    """
    return model.read([path.read_bytes() for path in film.paths])


def reference_of(films: Sequence[FilmFrames]) -> Reference:
    """The films' relevance as drawn; tags that are never drawn have 0."""
    relevance = [[film.relevance.get(tag, 0.0) for tag in TAGS] for film in films]
    return Reference("drawn", "the drawn films", _named(films), TAGS, np.array(relevance))


def assigned_of(name: str, films: Sequence[FilmFrames], tagged: Tagged) -> Assigned:
    """A run in the evaluation's form."""
    counts = [[sum(tag in tags for tags in frames) for tag in TAGS] for frames in tagged.films]
    images = [len(frames) for frames in tagged.films]
    return Assigned(name, _named(films), TAGS, np.array(counts), np.array(images))


def cut_at(run: Assigned, ratio: float) -> Assigned:
    """A run with only the tags of at least this appearance ratio."""
    counts = np.where(run.ratios >= ratio, run.counts, 0)
    return Assigned(run.name, run.movies, run.tags, counts, run.images)


@dataclass(frozen=True, slots=True)
class OwnCut:
    """The least appearance ratio at which a tagger's tags are assigned, and what it is worth.

    ``f1`` is micro F1 on films that it was not chosen on, ``one_image`` without a cut. A cut that is not better
    there is none: ``ratio`` is 0, one image is enough.
    """

    ratio: float
    f1: float
    one_image: float


def own_cut(run: Assigned, reference: Reference, relevance: float) -> OwnCut:
    """Choose a tagger's cut, in steps of 0.05, and cross-validate it over films, as ``calibrate`` does."""
    true = reference.relevance >= relevance
    shown = run.counts > 0
    fold = np.arange(len(true)) % FOLDS
    found = shown.copy()
    for number in np.unique(fold) if len(true) > 1 else ():
        here = fold == number
        ratio = _best_ratio(shown[~here], run.ratios[~here], true[~here])
        found[here] &= run.ratios[here] >= ratio
    f1, one_image = micro_f1(found, true), micro_f1(shown, true)
    ratio = _best_ratio(shown, run.ratios, true) if f1 > one_image else 0.0
    return OwnCut(ratio, f1, one_image)


def _best_ratio(shown: Tags, ratios: NDArray[np.float64], true: Tags) -> float:
    """The ratio from which on a tag is assigned, for the highest micro F1 on these films."""
    tried = np.arange(0, 0.95, 0.05)
    f1 = [micro_f1(shown & (ratios >= ratio), true) for ratio in tried]
    return round(float(tried[int(np.argmax(f1))]), 2)


def frame_f1(films: Sequence[FilmFrames], tagged: Tagged) -> tuple[float, Mapping[str, float]]:
    """Micro F1 over all frames and drawn tags, and the F1 of each tag."""
    true = np.array([[tag in tags for tag in DRAWN_TAGS] for film in films for tags in film.tags])
    predicted = np.array(
        [[tag in tags for tag in DRAWN_TAGS] for frames in tagged.films for tags in frames]
    )
    return micro_f1(predicted, true), {
        tag: micro_f1(predicted[:, [at]], true[:, [at]]) for at, tag in enumerate(DRAWN_TAGS)
    }


def _named(films: Sequence[FilmFrames]) -> tuple[NamedMovie, ...]:
    return tuple(NamedMovie(str(film.seed), film.title, None) for film in films)
