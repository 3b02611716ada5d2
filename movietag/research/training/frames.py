"""Frames as training shows them to the model: exactly as in serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from movietag.captioning.pictures import decode_picture, pad_to_square
from movietag.research.training.stored import Example

Colour = tuple[int, int, int]


def shown(path: Path, colour: Colour, *, do_pad: bool, size: tuple[int, int] | None) -> Image.Image:
    """A picture of a data set, shrunk to ``size`` (width, height), padded to a square."""
    picture = decode_picture(path.read_bytes())
    if size:
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return pad_to_square(picture, colour) if do_pad else picture


def conversations(
    examples: Sequence[Example], colour: Colour, *, do_pad: bool, size: tuple[int, int] | None
) -> Any:
    """A ``datasets.Dataset`` of image, prompt and completion; pictures are read on demand."""
    from datasets import Dataset  # noqa: PLC0415  # comes with the extra

    rows = [
        {
            "path": str(example.path),
            "prompt": example.line.prompt,
            "completion": example.line.completion,
        }
        for example in examples
    ]

    def ready(batch: Mapping[str, Sequence[str]]) -> dict[str, list[Any]]:
        return {
            "image": [
                shown(Path(path), colour, do_pad=do_pad, size=size) for path in batch["path"]
            ],
            "prompt": [[{"role": "user", "content": text}] for text in batch["prompt"]],
            "completion": [
                [{"role": "assistant", "content": text}] for text in batch["completion"]
            ],
        }

    return Dataset.from_list(rows).with_transform(ready)
