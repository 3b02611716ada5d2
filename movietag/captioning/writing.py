"""How a model of transformers writes an answer: greedily, to its own end, perhaps in lists of tags only."""

from __future__ import annotations

import time
from typing import Any

from movietag.captioning.engines import ModelAnswer
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tag_lists import TagListGrammar


class CaptionWriter:
    """Writes answers to inputs of one model.

    Args:
        model: of transformers.
        processor: of the model.
        settings: of the served model.

    Raises:
        UsageError: no list of tags fits into the most tokens allowed, or the model has no token that ends one.
    """

    def __init__(self, model: Any, processor: Any, settings: ServingSettings) -> None:
        import torch  # noqa: PLC0415  # seconds to load: not for those who only need `end_tokens`

        self._torch, self._model, self._processor = torch, model, processor
        self._most = settings.max_new_tokens
        self._static = settings.static_cache
        ends = end_tokens(model.generation_config)
        self._ends = torch.tensor(ends, dtype=torch.long)
        self._lists = list_grammar(settings, processor.tokenizer, ends)

    def write(self, inputs: Any, count: int) -> tuple[list[ModelAnswer], float]:
        """The answers to the first ``count`` rows of a batch, and the model's milliseconds."""
        options: dict[str, object] = {"cache_implementation": "static"} if self._static else {}
        asked = inputs["input_ids"].shape[1]
        if lists := self._lists:
            options["prefix_allowed_tokens_fn"] = lambda _, ids: lists.allowed(ids[asked:].tolist())
        start = time.perf_counter()
        with self._torch.inference_mode():
            written = self._model.generate(
                **inputs, max_new_tokens=self._most, do_sample=False, **options
            )
            answers = written[:count, asked:].cpu()
        milliseconds = (time.perf_counter() - start) * 1000
        texts = self._processor.batch_decode(answers, skip_special_tokens=True)
        ended = self._torch.isin(answers, self._ends).any(1).tolist()
        return [
            ModelAnswer(text.strip(), finish="stop" if whole else "length")
            for text, whole in zip(texts, ended, strict=True)
        ], milliseconds


def end_tokens(generation: Any) -> list[int]:
    """The tokens that end an answer, by a model's ``GenerationConfig``; perhaps none."""
    ends = generation.eos_token_id
    return list(ends) if isinstance(ends, list) else [] if ends is None else [ends]


def list_grammar(
    settings: ServingSettings, tokenizer: Any, ends: list[int]
) -> TagListGrammar | None:
    """Which token may come next, where the prompt's answers are lists of tags; None where any text is an answer.

    Raises:
        UsageError: no list fits into the most tokens allowed, or nothing ends one.
    """
    if settings.prompt.lists is None:
        return None
    return TagListGrammar(
        settings.prompt.lists,
        settings.vocabulary.tags,
        lambda text: tokenizer(text, add_special_tokens=False).input_ids,
        ends,
        settings.max_new_tokens,
    )
