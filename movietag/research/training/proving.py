"""The proof of a merge: merged model, and base with adapter, answer alike on some frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from PIL import Image

from movietag.errors import UsageError
from movietag.research.training.comparing import ReferenceAnswers
from movietag.research.training.frames import shown_with
from movietag.research.training.loading import load_base
from movietag.research.training.record import Training
from movietag.research.training.stored import read_dataset
from movietag.vocabulary.sentence import QUESTION

FRAMES: Final = 8  # compared
TOLERANCES: Final = {"float32": 1e-3, "float16": 0.1, "bfloat16": 0.5}
"""Tolerated difference of a token's log-probability, by the number format of the stored weights."""


class Agreement(msgspec.Struct, frozen=True):
    """How merged model and adapter compare on some frames, both computed in float32.

    Args:
        frames: number compared; of the data set, or drawn noise if that no longer exists.
        of: "data set" or "noise".
        same_captions: frames with the same greedy answer.
        difference: largest of a token's log-probability, over the adapter's answers.
        tolerance: the largest difference allowed.
    """

    frames: int
    of: str
    same_captions: int
    difference: float
    tolerance: float


class MergeProof:
    """What base and adapter answer, before they are merged. A fault here is raised by ``agreement``.

    Args:
        adapted: base with adapter, in float32.
        processor: of the adapter.
        training: that made it.
    """

    def __init__(self, adapted: Any, processor: Any, training: Training) -> None:
        self.question, self._pictures, self._of = _frames(training, processor)
        self._fault: Exception | None = None
        try:
            self._compared = ReferenceAnswers(adapted, processor, self.question, self._pictures)
        except Exception as error:  # noqa: BLE001  # the merge is kept, whatever its proof does
            self._fault = error

    def agreement(self, merged: Path, dtype: str) -> Agreement:
        """Compare the stored model with what base and adapter answered.

        Args:
            merged: its folder, which stays whatever happens.
            dtype: of the stored weights.

        Raises:
            UsageError: it answers differently, or could not be compared.
        """
        try:
            if self._fault:
                raise self._fault
            again = load_base(merged, merging=True).model.eval()
            agreement = Agreement(
                frames=len(self._pictures),
                of=self._of,
                same_captions=self._compared.same_captions(again),
                difference=self._compared.difference(again),
                tolerance=TOLERANCES.get(dtype, TOLERANCES["float32"]),
            )
        except Exception as error:
            reason = " ".join(str(error).split())[:400]
            raise _unproven(
                f"could not be compared with base and adapter ({type(error).__name__}: {reason})",
                merged,
            ) from error
        if not agreement.difference <= agreement.tolerance:
            raise _unproven(
                f"answers differently than base and adapter: a token's log-probability differs by"
                f" {agreement.difference:.3g} (at most {agreement.tolerance:g} is allowed),"
                f" {agreement.same_captions} of {agreement.frames} captions are the same",
                merged,
            )
        return agreement


def _unproven(fault: str, merged: Path) -> UsageError:
    return UsageError(
        f"The merged model {fault}. It is kept in {merged}, unproven: judge it yourself before you serve that folder,"
        " or serve the adapter unmerged (MOVIETAG_ADAPTER_PATH)."
    )


def _frames(training: Training, processor: Any) -> tuple[str, list[Image.Image], str]:
    """Prompt and pictures to compare on: of the data set if it still exists, else noise."""
    data = Path(training.run.data)
    try:
        examples = read_dataset(data).splits["train"]
    except UsageError:
        rng = np.random.default_rng(0)
        noise = rng.integers(0, 256, (FRAMES, 64, 64, 3), dtype=np.uint8)
        return QUESTION, [Image.fromarray(one) for one in noise], "noise"
    chosen = examples[:: max(1, len(examples) // FRAMES)][:FRAMES]
    shown = shown_with(processor, training.run.settings)
    return examples[0].line.prompt, [shown.picture(one.path) for one in chosen], "data set"
