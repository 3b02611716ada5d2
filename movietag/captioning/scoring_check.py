"""A check when a model that scores tags is loaded: the packed pass against plain ones, on one picture."""

from __future__ import annotations

from typing import Any, Final

import torch

from movietag.captioning.scoring import TagScorer
from movietag.errors import UsageError

TOLERANCES: Final = {"torch.float32": 1e-3, "torch.bfloat16": 0.3}
"""Largest difference of a score's logarithm, by what the model computes in; bfloat16 rounds to 3 digits."""
_FAULTS: Final = (TypeError, ValueError, RuntimeError, AttributeError, IndexError, KeyError)


def check_scorer(scorer: TagScorer, inputs: Any, model: Any) -> None:
    """Check that a family's tags can be scored in one packed pass, by the longest tag and the last.

    Args:
        scorer: of the model.
        inputs: of one picture.
        model: for its name and number format.

    Raises:
        UsageError: a tag's score is another than by a plain pass, or the model cannot be packed.
    """
    numbers = range(len(scorer.tokens))
    some = {max(numbers, key=lambda number: len(scorer.tokens[number])), numbers[-1]}
    kind = type(model).__name__
    instead = "Write captions instead (MOVIETAG_TAGGER_MODE=caption), or use another model."
    try:
        with torch.inference_mode():
            packed = scorer.scores(inputs)[0].log()
            plain = {number: float(scorer.score_alone(inputs, number)[0].log()) for number in some}
    except _FAULTS as error:
        reason = " ".join(str(error).split())[:300]
        raise UsageError(
            f"Tags cannot be scored with {kind}: {type(error).__name__}: {reason}. {instead}"
        ) from None
    difference = max(abs(float(packed[number]) - plain[number]) for number in some)
    if not difference <= TOLERANCES.get(str(model.dtype), TOLERANCES["torch.bfloat16"]):
        raise UsageError(
            f"Tags cannot be scored with {kind}: together a tag gets another score than alone (the logarithm"
            f" differs by {difference:.2g}). {instead}"
        )
