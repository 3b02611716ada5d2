"""Compares two forms of a model on the same frames: do they answer alike?"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from PIL import Image

from movietag.research.training.templates import question_of

TOKENS: Final = 24  # of a compared answer


class ReferenceAnswers:
    """Frames with a prompt, and the answers of a first model, with which others are compared.

    Args:
        model: a model in eval mode; untyped, like its processor.
        processor: prepares pictures and prompt.
        question: the prompt for each picture.
        pictures: in the form in which serving shows them.
    """

    def __init__(
        self, model: Any, processor: Any, question: str, pictures: Sequence[Image.Image]
    ) -> None:
        self._torch: Any = import_module("torch")
        self._processor = processor
        text = question_of(processor, question)
        self._inputs = processor(
            images=list(pictures),
            text=[text] * len(pictures),
            return_tensors="pt",
            add_special_tokens=False,
        )
        self._asked = self._inputs["input_ids"].shape[1]
        self._written = self._generate(model)
        self.captions = self._texts(self._written)
        self._wanted = self._log_probabilities(model)

    def difference(self, model: Any) -> float:
        """Largest difference of the log-probability of a token of the first model's answers."""
        return float((self._log_probabilities(model) - self._wanted).abs().max())

    def same_captions(self, model: Any) -> int:
        """Number of frames for which this model gives the same answer, word by word."""
        others = self._texts(self._generate(model))
        return sum(one == other for one, other in zip(self.captions, others, strict=True))

    def _generate(self, model: Any) -> Any:
        with self._torch.inference_mode():
            return model.generate(**self._inputs, max_new_tokens=TOKENS, do_sample=False)

    def _texts(self, written: Any) -> list[str]:
        decode = self._processor.batch_decode
        return [str(text) for text in decode(written[:, self._asked :], skip_special_tokens=True)]

    def _log_probabilities(self, model: Any) -> Any:
        """(frames, tokens) of the first model's answers; 0 behind their ends."""
        answer = self._written[:, self._asked :]
        there = answer != self._processor.tokenizer.pad_token_id
        pictures = {
            name: value
            for name, value in self._inputs.items()
            if name.startswith(("pixel", "image"))
        }
        mask = self._torch.cat([self._inputs["attention_mask"], there.long()], dim=1)
        with self._torch.inference_mode():
            logits = model(input_ids=self._written, attention_mask=mask, **pictures).logits
        said = logits[:, self._asked - 1 : -1].float().log_softmax(-1)
        return said.gather(-1, answer[..., None])[..., 0] * there
