"""The demo model as Triton serves it, for who judges it. Loads no torch until a model is loaded."""

from __future__ import annotations

from pathlib import Path

from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.vision_model import VisionModel
from movietag.settings import PACKAGE
from movietag.vocabulary import load
from movietag.vocabulary.sentence import QUESTION

MODEL = PACKAGE / "demo" / "model"
HELD_OUT_FILMS = range(901, 907)
"""Seeds of the films that the model is judged on; no picture of its training is of them."""


def caption_jpegs(model: VisionModel, jpegs: list[bytes]) -> list[str]:
    """A caption per picture, in the served batch size.

    Raises:
        PermanentError: one of them cannot be read.
    """
    captions: list[str] = []
    for first in range(0, len(jpegs), model.settings.max_batch):
        pictures = model.read(jpegs[first : first + model.settings.max_batch])
        captions += model.caption(pictures)[0]
    return captions


def serving_settings(folder: Path) -> ServingSettings:
    """The settings of the demo model, as in config.pbtxt."""
    return ServingSettings(
        "llava", folder, None, load_prompt(QUESTION), load("mpst"), 48, True, False, {}, 2, 32
    )
