"""The texts that stand for a tag, with which a picture is compared: every form of the tag in every template."""

from __future__ import annotations

from collections.abc import Sequence

from movietag.errors import UsageError
from movietag.vocabulary import Vocabulary

SLOT = "{tag}"
TEMPLATES = ("a scene of {tag}", "a movie scene with {tag}", "a photo of {tag}")
"""Where the settings name none."""


def phrases_of(vocabulary: Vocabulary, templates: Sequence[str]) -> list[list[str]]:
    """The phrases of each tag, in the vocabulary's order: the tag and its aliases in every template.

    Raises:
        UsageError: there is no template, or one does not name the tag exactly once.
    """
    check_templates(templates)
    return [
        [template.replace(SLOT, form) for template in templates for form in (tag, *aliases)]
        for tag, aliases in vocabulary.aliases.items()
    ]


def check_templates(templates: Sequence[str]) -> None:
    """Check that a picture can be compared with these templates.

    Raises:
        UsageError: there is none, or one does not name the tag exactly once.
    """
    if not templates:
        raise UsageError(f"There is no template: name one, for example {TEMPLATES[0]!r}.")
    for template in templates:
        if template.count(SLOT) != 1:
            raise UsageError(
                f"The template {template!r} needs {SLOT} once, where the tag is, for example"
                f" {TEMPLATES[0]!r}."
            )
