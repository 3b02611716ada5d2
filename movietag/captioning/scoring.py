"""Tag scoring: how likely a model is to name each tag of a vocabulary for a frame, in one packed pass.

All tags are appended behind the question at once, each of them blind to the others (a block-causal mask,
positions that start anew), so that the frame is read once and nothing is generated. A tag's score is
``exp(mean log p)`` over its tokens, given the question and the words before the tag. It says little by
itself: ``movietag.captioning.thresholds`` makes a confidence of it, and says from where on a tag counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from movietag.captioning.model_inputs import ModelInputs
from movietag.errors import UsageError

PLACE = "{tag}"
_MOST_PACKED = 512
"""Tokens of one pass; a larger vocabulary takes several."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """Tags that are scored together: their tokens in a row, and where each tag begins."""

    tags: tuple[int, ...]  # numbers in the vocabulary
    tokens: tuple[int, ...]
    starts: tuple[int, ...]


class TagScorer:
    """Scores the tags of a vocabulary.

    Args:
        model: an image-text-to-text model of transformers; read only.
        inputs: how its inputs are built.
        tags: in the order of the scores.
        answer: the answer that names one tag, with ``{tag}`` at its place.

    Raises:
        UsageError: the answer does not name the tag, or the chat template does not say how an answer begins.
    """

    def __init__(self, model: Any, inputs: ModelInputs, tags: Sequence[str], answer: str) -> None:
        if answer.count(PLACE) != 1:
            raise UsageError(f"The answer {answer!r} needs {PLACE} once, where the tag stands.")
        self._model, self._inputs = model, inputs
        texts = [answer.replace(PLACE, tag) for tag in tags]
        written = [inputs.answer_ids(text, ended=False) for text in texts]
        # Up to where all are the same, so that it does not matter where the tokenizer cuts.
        same = min(_common(written[0], one) for one in written)
        same = min(same, *(len(one) - 1 for one in written))
        self._before = tuple(written[0][:same])
        self.tokens = tuple(one[same:] for one in written)
        """Of each tag, behind the words that all answers begin with."""
        self._passes = _packed(self.tokens)
        self._count = len(tags)
        self.moves = hasattr(model.base_model, "rope_deltas")
        """The model's positions have several dimensions, which it computes itself from the picture."""
        plain = [inputs.ids(text) for text in texts]
        differs = self.moves or plain != [list(one) for one in written]
        self.way = "behind the prompt, with the model's own positions" if differs else ""
        """Part of the scorer's id where scores are others than they were before tokens and positions followed it."""

    def scores(self, inputs: Any) -> torch.Tensor:
        """Scores in 0 to 1, (pictures, tags), float32 on the CPU.

        ``inputs`` is what ``ModelInputs.build`` made of the questions.
        """
        logs, cache, mask = self._read(inputs)
        found = torch.empty(len(mask), self._count)
        for one in self._passes:
            found[:, list(one.tags)] = self._score(one, logs, cache, mask).float().cpu()
            cache.crop(-len(one.tokens))
        return found.exp()

    def score_alone(self, inputs: Any, tag: int) -> torch.Tensor:
        """The score of the tag of this number, (pictures), by one whole pass with the model's own positions."""
        tokens = self.tokens[tag]
        count = len(inputs["input_ids"])
        whole = self._inputs.followed_by(inputs, [(*self._before, *tokens)] * count)
        logs = self._model(**whole).logits[:, -len(tokens) - 1 : -1].float().log_softmax(-1)
        wanted = torch.tensor(tokens, device=logs.device).expand(count, -1).unsqueeze(-1)
        scores: torch.Tensor = logs.gather(2, wanted).squeeze(-1).mean(1).exp().cpu()
        return scores

    def _read(self, inputs: Any) -> tuple[torch.Tensor, Any, torch.Tensor]:
        """Log-probabilities of what follows the words before the tag, the cache, and the mask."""
        count = len(inputs["input_ids"])
        longer = self._inputs.followed_by(inputs, [self._before] * count)
        mask = longer["attention_mask"]
        positions = {} if self.moves else {"position_ids": (mask.cumsum(1) - 1).clamp(min=0)}
        answered = self._model(
            **longer,
            **positions,
            past_key_values=DynamicCache(),  # keeps all, of layers with a sliding window, too
            use_cache=True,
            logits_to_keep=1,
        )
        return answered.logits[:, -1].float().log_softmax(-1), answered.past_key_values, mask

    def _score(
        self, one: _Pass, logs: torch.Tensor, cache: Any, mask: torch.Tensor
    ) -> torch.Tensor:
        """Mean log-probability of the tags of a pass: (pictures, tags of the pass)."""
        device, pictures, count = mask.device, len(mask), len(one.tokens)
        starts = torch.tensor(one.starts, device=device)
        tokens = torch.tensor(one.tokens, device=device)
        of_tag = torch.bucketize(torch.arange(count, device=device), starts, right=True) - 1
        offset = torch.arange(count, device=device) - starts[of_tag]
        first = logs[:, tokens[starts]]
        total = first.clone()
        if count > len(starts):
            positions = mask.sum(1, keepdim=True) + offset
            own = (of_tag[:, None] == of_tag) & (offset[:, None] >= offset)
            seen = torch.cat(
                [mask[:, None, :].bool().expand(-1, count, -1), own.expand(pictures, -1, -1)], 2
            )
            answered = self._model(
                input_ids=tokens.expand(pictures, -1),
                attention_mask=self._masks(seen, mask, positions),
                position_ids=self._in_space(positions),
                past_key_values=cache,
                use_cache=True,
            )
            inner = torch.nonzero(offset > 0).squeeze(1)
            following = answered.logits[:, inner - 1].float().log_softmax(-1)
            wanted = tokens[inner].expand(pictures, -1).unsqueeze(-1)
            total.index_add_(1, of_tag[inner], following.gather(2, wanted).squeeze(-1))
        lengths = torch.bincount(of_tag, minlength=len(starts))
        return total / lengths

    def _in_space(self, positions: torch.Tensor) -> torch.Tensor:
        """Positions of text behind a picture, as the model counts on from it."""
        if not self.moves:
            return positions
        moved: torch.Tensor = positions + self._model.base_model.rope_deltas
        return moved.expand(3, -1, -1)

    def _masks(self, seen: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> Any:
        """What each token of a pass sees; of layers with a sliding window only what is near."""
        config = self._model.config.get_text_config()
        full = _additive(seen[:, None], self._model.dtype)
        if "sliding_attention" not in (getattr(config, "layer_types", None) or ()):
            return full
        of_keys = torch.cat([mask.cumsum(1) - 1, positions], 1)
        near = of_keys[:, None] > positions[:, :, None] - config.sliding_window
        sliding = _additive((seen & near)[:, None], self._model.dtype)
        return {"full_attention": full, "sliding_attention": sliding}


def _additive(seen: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """0 where something is seen, the least number elsewhere: what every attention takes."""
    nothing = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return nothing.masked_fill(~seen, torch.finfo(dtype).min)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same


def _packed(tags: Sequence[Sequence[int]]) -> list[_Pass]:
    passes: list[_Pass] = []
    numbers: list[int] = []
    tokens: list[int] = []
    starts: list[int] = []
    for number, tag in enumerate(tags):
        if tokens and len(tokens) + len(tag) > _MOST_PACKED:
            passes.append(_Pass(tuple(numbers), tuple(tokens), tuple(starts)))
            numbers, tokens, starts = [], [], []
        numbers.append(number)
        starts.append(len(tokens))
        tokens += tag
    return [*passes, _Pass(tuple(numbers), tuple(tokens), tuple(starts))]
