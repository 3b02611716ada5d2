"""Frames and sentences of a data set as training shows them to the model: exactly as in serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from movietag.captioning.model_inputs import ModelInputs
from movietag.captioning.pictures import mean_colour, shaped_picture
from movietag.research.training.settings import FinetuneSettings
from movietag.research.training.stored import Example


@dataclass(frozen=True)
class Shown:
    """How a training shows frames to a model.

    Args:
        inputs: how the model's inputs are built.
        padding: colour of the borders that make a frame a square; None: it has none.
        size: width and height to which frames are shrunk first.
    """

    inputs: ModelInputs
    padding: tuple[int, int, int] | None
    size: tuple[int, int] | None

    def picture(self, path: Path) -> Image.Image:
        """A picture of the data set.

        Raises:
            PermanentError: it cannot be read.
        """
        return shaped_picture(path.read_bytes(), self.padding, self.size)

    def collate(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch of the trainer: the inputs with ``labels``, which only the answers have."""
        pictures = [self.picture(Path(row["image"])) for row in rows]
        prompts, answers = ([str(row[key]) for row in rows] for key in ("prompt", "completion"))
        return dict(self.inputs.build(pictures, prompts, answers))


def shown_with(processor: Any, settings: FinetuneSettings) -> Shown:
    """How a training with these settings shows frames."""
    padding = mean_colour(processor) if settings.do_pad else None
    return Shown(ModelInputs(processor), padding, settings.frame_size)


def rows_of(examples: Sequence[Example]) -> Any:
    """A ``datasets.Dataset`` of image (its path), prompt and completion; pictures are read batch by batch."""
    from datasets import Dataset  # noqa: PLC0415  # comes with the extra

    return Dataset.from_list(
        [
            {
                "image": str(example.path),
                "prompt": example.line.prompt,
                "completion": example.line.completion,
            }
            for example in examples
        ]
    )
