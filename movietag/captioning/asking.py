"""How a tagger is asked: by its parameters, and where these are empty, as it was taught."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.captioning.parameters import Parameters
from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.prompting import Prompt
from movietag.captioning.taught import SHORTEST, Taught, read_taught
from movietag.errors import UsageError

DESCRIBE: Final = "describe"
"""The built-in prompt of a tagger that was taught with no other."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The question, and the pictures that are shown with it."""

    prompt: Prompt
    max_new_tokens: int
    do_pad: bool
    image_options: Mapping[str, object]
    frame_size: tuple[int, int] | None


def as_taught(parameters: Parameters, folder: Path | None) -> Asking:
    """How the tagger in a folder is asked.

    Args:
        parameters: an empty one says nothing.
        folder: of the adapter, or of the model without one; None: it is not here.

    Raises:
        UsageError: a parameter does not fit, or contradicts what the tagger was taught with.
    """
    taught = read_taught(folder)
    question = parameters.text("prompt")
    said = Asking(
        prompt=_prompt(question, taught),
        max_new_tokens=(
            parameters.number("max_new_tokens", least=1)
            if parameters.text("max_new_tokens")
            else (taught.max_new_tokens if taught else SHORTEST)
        ),
        do_pad=(
            parameters.flag("do_pad")
            if parameters.text("do_pad")
            else (taught.do_pad if taught else True)
        ),
        image_options=parameters.options("image_options")
        or (taught.image_options if taught else {}),
        frame_size=taught.frame_size if taught else None,
    )
    if taught and folder:
        _refuse_others(taught, said, folder)
    return said


def _prompt(setting: str, taught: Taught | None) -> Prompt:
    if not taught or (setting and setting not in taught.questions):
        return load_prompt(setting or DESCRIBE)
    text = setting or taught.questions[0]
    return Prompt("taught", text, "fixed", content={"text": text}, literal=True)


def _refuse_others(taught: Taught, said: Asking, folder: Path) -> None:
    question = said.prompt.text if said.prompt.strategy == "fixed" else said.prompt.name
    pairs: dict[str, tuple[object, object]] = {}
    if question not in taught.questions:
        pairs["prompt"] = (question, taught.questions[0])
    if said.max_new_tokens < taught.longest_answer:
        pairs["max_new_tokens"] = (said.max_new_tokens, f"answers of {taught.longest_answer}")
    if said.do_pad != taught.do_pad:
        pairs["do_pad"] = (str(said.do_pad).lower(), str(taught.do_pad).lower())
    if dict(said.image_options) != taught.image_options:
        options = dict(said.image_options)
        pairs["image_options"] = (json.dumps(options), json.dumps(taught.image_options))
    if pairs:
        told = "; ".join(
            f"{key} is {mine}, taught with {its}" for key, (mine, its) in pairs.items()
        )
        raise UsageError(
            f"{folder} was taught otherwise than it would be asked: {told}. Leave {' and '.join(pairs)} empty to ask"
            " as it was taught, or train again."
        )
