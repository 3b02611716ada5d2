"""The prompt that a tagger is trained with, and the sentence that it is trained to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

QUESTION: Final = "Describe this scene of a movie."
"""The built-in prompt `describe`: a tagger is trained with the prompt that serving uses."""


def sentence(tags: Sequence[str]) -> str:
    """The paper's sentence with these tags in this order."""
    return "A scene from a movie containing tag data " + ", ".join(f"'{tag}'" for tag in tags)


NAMING: Final = sentence(["{tag}"]).removesuffix("'")
"""The sentence up to its first tag, after which a model that scores tags computes each tag's probability.

It excludes the text after the tag, which depends on whether another tag follows.
"""
