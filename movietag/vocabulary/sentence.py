"""What a tagger is taught to be asked and to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

QUESTION: Final = "Describe this scene of a movie."
"""The built-in prompt `describe`: a tagger is taught with the question it will be asked."""


def sentence(tags: Sequence[str]) -> str:
    """The paper's sentence form, with the tags as they come."""
    return "A scene from a movie containing tag data " + ", ".join(f"'{tag}'" for tag in tags)


NAMING: Final = sentence(["{tag}"]).removesuffix("'")
"""The sentence up to its first tag, where a model that scores tags is asked how likely each is.

Without what follows the tag: that depends on whether another one follows.
"""
