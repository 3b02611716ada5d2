"""The mode ``similarity``: a frame is encoded once, and compared with texts that stand for the tags."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from movietag.captioning import NOTHING_KNOWN
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.engines.scored import scored_answers
from movietag.captioning.engines.towers import Towers, load_towers
from movietag.captioning.phrases import phrases_of
from movietag.captioning.pictures import prepare_picture
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tagger_id import similarity_id
from movietag.captioning.thresholds import check_thresholds
from movietag.errors import PermanentError, UsageError
from movietag.records import Context


class SimilarityModel:
    """A CLIP-like model that scores tags; an ``Engine``. Not for two threads at once.

    A tag's vector is the mean of the vectors of its phrases, of length 1 each; all are made once, on loading. Its score
    for a frame follows from the cosine of the frame's vector and the tag's (``Towers.scores``).

    Raises:
        UsageError: the model, a template or an image option does not fit, or thresholds are for another model.
    """

    parallel: Final = 1
    dead: Final = False

    def __init__(self, settings: ServingSettings) -> None:
        phrases = phrases_of(settings.vocabulary, settings.templates)
        self.settings = settings
        self._towers = load_towers(settings)
        self._prepare = partial(
            prepare_picture, padding=self._towers.colour if settings.do_pad else None
        )
        self._pool = ThreadPoolExecutor(max(settings.threads, 1))
        self.tagger = similarity_id(settings)
        self.scorer = similarity_id(replace(settings, thresholds=None))
        """Whose scores thresholds are learnt from."""
        if settings.thresholds:
            check_thresholds(settings.thresholds, self.scorer, settings.vocabulary)
        self._tags = tag_vectors(self._towers, phrases)

    def prompt(self, context: Context = NOTHING_KNOWN) -> str:
        """The templates, one a line: the same for every frame."""
        del context
        return "\n".join(self.settings.templates)

    def warm_up(self) -> None:
        """Encode grey pictures in batches of 1 and of the largest size."""
        for size in sorted({1, self.settings.max_batch}):
            self.vectors([Image.new("RGB", (640, 360), (90, 110, 130))] * size)

    def close(self) -> None:
        """End the threads; the model's memory is freed with the model."""
        self._pool.shutdown(wait=False)

    def decode(self, data: Sequence[bytes]) -> list[Image.Image | PermanentError]:
        """Decode and pad, in threads; what cannot be read comes back as its error."""
        return list(self._pool.map(self._prepare, data))

    def read(self, data: Sequence[bytes]) -> list[Image.Image]:
        """As ``decode``, of pictures that must all be good.

        Raises:
            PermanentError: ``bad-image``: one cannot be read.
        """
        pictures = []
        for one in self.decode(data):
            if isinstance(one, PermanentError):
                raise one
            pictures.append(one)
        return pictures

    def answer(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None = None
    ) -> tuple[list[ModelAnswer], float]:
        """The tags that count in each picture, and the milliseconds of the batch.

        Raises:
            UsageError: the settings have no thresholds.
        """
        thresholds = self.settings.thresholds
        if thresholds is None:
            raise UsageError(
                f"The model {self.settings.name} has no thresholds: `movietag calibrate`."
            )
        scores, milliseconds = self.scores(pictures, contexts)
        return scored_answers(scores, self.settings.vocabulary, thresholds), milliseconds

    def scores(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None = None
    ) -> tuple[NDArray[np.float32], float]:
        """The score of each tag of the vocabulary, (pictures, tags), and the model's milliseconds."""
        del contexts
        start = time.perf_counter()
        found = self._towers.scores(self.vectors(pictures) @ self._tags.T).cpu().numpy()
        return found, (time.perf_counter() - start) * 1000

    def vectors(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        """The vector of each picture, of length 1: (pictures, dimensions)."""
        return self._towers.see(pictures)


def tag_vectors(towers: Towers, phrases: Sequence[Sequence[str]]) -> torch.Tensor:
    """The vector of each tag, (tags, dimensions), of length 1: the mean over its phrases."""
    every = towers.read([phrase for some in phrases for phrase in some])
    parts = torch.split(every, [len(some) for some in phrases])
    means = torch.stack([part.mean(0) for part in parts])
    return torch.nn.functional.normalize(means, dim=-1)
