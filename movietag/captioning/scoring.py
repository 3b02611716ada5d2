"""Tag scoring: how likely a model is to name each tag of a vocabulary for a frame, in one packed pass.

All tags are appended behind the question at once, each of them blind to the others (a block-causal mask,
positions that start anew), so that the frame is read once and nothing is generated. A tag's score is
``exp(mean log p)`` over its tokens, given the question and the words before the tag. It says little by
itself: ``movietag.captioning.thresholds`` makes a confidence of it, and says from where on a tag counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

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
        tokenizer: its tokenizer.
        tags: in the order of the scores.
        answer: the answer that names one tag, with ``{tag}`` at its place.

    Raises:
        UsageError: the answer does not name the tag.
    """

    def __init__(self, model: Any, tokenizer: Any, tags: Sequence[str], answer: str) -> None:
        if answer.count(PLACE) != 1:
            raise UsageError(f"The answer {answer!r} needs {PLACE} once, where the tag stands.")
        self._model = model
        before, after = answer.split(PLACE)
        written = [
            tokenizer(before + tag + after, add_special_tokens=False).input_ids for tag in tags
        ]
        # Up to where all are the same, so that it does not matter where the tokenizer cuts.
        same = min(_common(written[0], one) for one in written)
        same = min(same, *(len(one) - 1 for one in written))
        self._before = tuple(written[0][:same])
        self._passes = _packed([one[same:] for one in written])
        self._count = len(tags)

    def scores(self, inputs: Mapping[str, Any]) -> torch.Tensor:
        """Scores in 0 to 1, (pictures, tags), float32 on the CPU.

        ``inputs`` is what the processor made of the questions, left padded, ready to be answered.
        """
        logs, cache, mask = self._read(inputs)
        found = torch.empty(len(mask), self._count)
        for one in self._passes:
            found[:, list(one.tags)] = self._score(one, logs, cache, mask).float().cpu()
            cache.crop(-len(one.tokens))
        return found.exp()

    def _read(self, inputs: Mapping[str, Any]) -> tuple[torch.Tensor, Any, torch.Tensor]:
        """Log-probabilities of what follows the words before the tag, the cache, and the mask."""
        given = dict(inputs)
        ids, mask = given.pop("input_ids"), given.pop("attention_mask")
        for name in ("token_type_ids", "mm_token_type_ids"):
            if name in given:
                given[name] = torch.nn.functional.pad(given[name], (0, len(self._before)))
        before = ids.new_tensor(self._before).expand(len(ids), -1)
        ids = torch.cat([ids, before], 1)
        mask = torch.nn.functional.pad(mask, (0, len(self._before)), value=1)
        answered = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            use_cache=True,
            logits_to_keep=1,
            **given,
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
            own = (of_tag[:, None] == of_tag) & (offset[:, None] >= offset)
            seen = torch.cat(
                [mask[:, None, :].bool().expand(-1, count, -1), own.expand(pictures, -1, -1)], 2
            )
            answered = self._model(
                input_ids=tokens.expand(pictures, -1),
                attention_mask=_additive(seen[:, None], self._model.dtype),
                position_ids=mask.sum(1, keepdim=True) + offset,
                past_key_values=cache,
                use_cache=True,
            )
            inner = torch.nonzero(offset > 0).squeeze(1)
            following = answered.logits[:, inner - 1].float().log_softmax(-1)
            wanted = tokens[inner].expand(pictures, -1).unsqueeze(-1)
            total.index_add_(1, of_tag[inner], following.gather(2, wanted).squeeze(-1))
        lengths = torch.bincount(of_tag, minlength=len(starts))
        return total / lengths


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
