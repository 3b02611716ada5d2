"""Compares two forms of a model on the same frames: do they answer alike?"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import takewhile
from typing import Any, Final

from PIL import Image

from movietag.captioning.model_inputs import ModelInputs

TOKENS: Final = 24  # of a compared answer


class ReferenceAnswers:
    """Frames with a prompt, and the answers of a first model, with which others are compared.

    Args:
        model: a model in eval mode; untyped, like its processor.
        processor: prepares pictures and prompt.
        question: the prompt for each picture.
        pictures: in the form in which serving shows them; of any sizes.
    """

    def __init__(
        self, model: Any, processor: Any, question: str, pictures: Sequence[Image.Image]
    ) -> None:
        self._torch: Any = import_module("torch")
        self._processor = processor
        self._inputs = ModelInputs(processor)
        self._asked = self._inputs.build(pictures, [question] * len(pictures))
        self._written = self._generate(model)
        self.captions = self._texts(self._written)
        tokens = [self._readable(row) for row in self._written.tolist()]
        self._answered = self._inputs.followed_by(self._asked, tokens)
        self._wanted = self._log_probabilities(model)

    def difference(self, model: Any) -> float:
        """Largest difference of the log-probability of a token of the first model's answers."""
        return float((self._log_probabilities(model) - self._wanted).abs().max())

    def same_captions(self, model: Any) -> int:
        """Number of frames for which this model gives the same answer, word by word."""
        others = self._texts(self._generate(model))
        return sum(one == other for one, other in zip(self.captions, others, strict=True))

    def _generate(self, model: Any) -> Any:
        """(frames, tokens) behind the prompts."""
        with self._torch.inference_mode():
            written = model.generate(**self._asked, max_new_tokens=TOKENS, do_sample=False)
        return written[:, self._asked["input_ids"].shape[1] :]

    def _readable(self, row: Sequence[int]) -> list[int]:
        """An answer up to its end, or to a token that cannot be read again without its picture."""
        tokenizer = self._processor.tokenizer
        control = set(tokenizer.convert_tokens_to_ids(sorted(self._inputs.control_tokens())))
        plain = list(takewhile(lambda token: token not in control, row))
        return plain or [tokenizer.eos_token_id]

    def _texts(self, written: Any) -> list[str]:
        decode = self._processor.batch_decode
        return [str(text) for text in decode(written, skip_special_tokens=True)]

    def _log_probabilities(self, model: Any) -> Any:
        """(frames, tokens) of the first model's answers; 0 behind their ends."""
        begin = self._asked["input_ids"].shape[1]
        answer = self._answered["input_ids"][:, begin:]
        there = self._answered["attention_mask"][:, begin:]
        with self._torch.inference_mode():
            logits = model(**self._answered).logits
        said = logits[:, begin - 1 : -1].float().log_softmax(-1)
        return said.gather(-1, answer[..., None])[..., 0] * there
