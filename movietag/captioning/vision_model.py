"""What Triton's ``llava`` model does, apart from Triton: load a model, caption pictures or score tags.

Written against AutoProcessor, AutoModelForImageTextToText and the model's own chat template, so that
one file serves every model of that kind. Greedy decoding only: the same picture, the same caption.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from movietag.captioning import NOTHING_KNOWN
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.engines.scored import scored_answers
from movietag.captioning.model_inputs import ModelInputs
from movietag.captioning.pictures import mean_colour, prepare_picture, static_size
from movietag.captioning.pretrained import Pretrained
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tagger_id import tagger_id
from movietag.captioning.thresholds import check_thresholds
from movietag.captioning.writing import CaptionWriter
from movietag.errors import PermanentError, UsageError
from movietag.records import Context

if TYPE_CHECKING:
    from movietag.captioning.scoring import TagScorer

_RENDERED = 1024
"""Prompts kept rendered: the frames of a video share one."""
_CHECKED = Image.linear_gradient("L").resize((160, 90)).convert("RGB")
"""Scored once when a model is loaded, to check the way of scoring."""


class VisionModel:
    """The engine ``transformers``: a model loaded into this process. Not for two threads at once.

    Raises:
        UsageError: the folder holds no captioner, an image option or the thresholds do not fit, or the tags of this
            family cannot be scored.
    """

    parallel: Final = 1
    dead: Final = False

    def __init__(self, settings: ServingSettings) -> None:
        loaded = Pretrained.load(settings)
        import torch  # noqa: PLC0415  # seconds to load: not for those who only read settings

        self._torch = torch
        self.settings = settings
        self._processor, self._model, self._dtype = loaded.processor, loaded.model, loaded.dtype
        self._inputs = ModelInputs(self._processor)
        padding = mean_colour(self._processor) if settings.do_pad else None
        self._prepare = partial(prepare_picture, padding=padding, size=settings.frame_size)
        self._pool = ThreadPoolExecutor(max(settings.threads, 1))
        tokens = self._inputs.control_tokens()
        render = partial(settings.prompt.render, settings.vocabulary, tokens=tokens)
        self._text = lru_cache(_RENDERED)(render)
        self._in_template = lru_cache(_RENDERED)(self._put_in_template)
        self._tags = self._tag_scorer() if settings.answer else None
        identify = partial(
            tagger_id,
            scoring=self._tags.way if self._tags else "",
            template=str(self._processor.chat_template),
            dtype=str(self._dtype).removeprefix("torch."),
        )
        self.tagger = identify(settings)
        self.scorer = identify(replace(settings, thresholds=None))
        """Whose scores thresholds are learnt from."""
        self._writer = CaptionWriter(self._model, self._processor, settings)
        if settings.answer and settings.thresholds:
            check_thresholds(settings.thresholds, self.scorer, settings.vocabulary)

    def _tag_scorer(self) -> TagScorer:
        from movietag.captioning.scoring import TagScorer  # noqa: PLC0415  # loads torch
        from movietag.captioning.scoring_check import check_scorer  # noqa: PLC0415

        given = self.settings
        scorer = TagScorer(self._model, self._inputs, given.vocabulary.tags, given.answer)
        check_scorer(scorer, self._build([(_CHECKED, NOTHING_KNOWN)]), self._model)
        return scorer

    def prompt(self, context: Context = NOTHING_KNOWN) -> str:
        """What is asked of a frame of which this is known, in the model's chat template."""
        return self._in_template(context)

    def _put_in_template(self, context: Context) -> str:
        return self._inputs.prompt(self._text(context))

    def warm_up(self) -> None:
        """Ask about grey pictures in batches of 1 and of the largest size."""
        for size in sorted({1, self.settings.max_batch}):
            self.answer([Image.new("RGB", (640, 360), (90, 110, 130))] * size)

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
        """Caption pictures or score their tags, as the settings say; see ``caption``.

        A picture whose tags were scored has those that count as its caption.
        """
        if not self.settings.thresholds:
            return self._written(pictures, contexts)
        scores, milliseconds = self.scores(pictures, contexts)
        return scored_answers(
            scores, self.settings.vocabulary, self.settings.thresholds
        ), milliseconds

    def scores(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None = None
    ) -> tuple[NDArray[np.float32], float]:
        """The score of each tag of the vocabulary, (pictures, tags), and the model's milliseconds.

        Raises:
            UsageError: the settings have no answer that names a tag.
        """
        if self._tags is None:
            raise UsageError(f"The model {self.settings.name} writes captions (mode caption).")
        questions = list(zip(pictures, contexts or [NOTHING_KNOWN] * len(pictures), strict=True))
        inputs = self._build(questions)
        start = time.perf_counter()
        with self._torch.inference_mode():
            scores = self._tags.scores(inputs).numpy()
        return scores, (time.perf_counter() - start) * 1000

    def _build(self, questions: Sequence[tuple[Image.Image, Context]]) -> Any:
        """What the model takes: one question a picture."""
        pictures, contexts = zip(*questions, strict=True)
        texts = [self._text(context) for context in contexts]
        inputs = self._inputs.build(pictures, texts)
        return inputs.to(self._model.device, dtype=self._dtype)

    def caption(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None = None
    ) -> tuple[list[str], float]:
        """One caption a picture, and the milliseconds the model took for the batch.

        ``contexts`` is what is known of each; None: nothing.

        Pictures are taken as they are: ``decode`` has padded them where that is wanted.
        """
        answers, milliseconds = self._written(pictures, contexts)
        return [answer.caption for answer in answers], milliseconds

    def _written(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None
    ) -> tuple[list[ModelAnswer], float]:
        count = len(pictures)
        filled = list(zip(pictures, contexts or [NOTHING_KNOWN] * count, strict=True))
        if self.settings.static_cache:
            filled += [filled[-1]] * (static_size(count, self.settings.max_batch) - count)
        return self._writer.write(self._build(filled), count)
