"""Tags to count, and how they match captions.

A vocabulary is a fixed, ordered list of tags, each with aliases. Its id depends on the tags, the aliases, the
match rule and the version of the matcher, so counts of different vocabularies never mix.
"""

from movietag.vocabulary.cut import whole_part
from movietag.vocabulary.forms import Misfit
from movietag.vocabulary.model import DEFAULT_RULE, FORMER_DEFAULTS, MAX_TAGS, MatchRule, Vocabulary
from movietag.vocabulary.reading import (
    BUILT_IN,
    built_in_vocabularies,
    from_lines,
    from_text,
    load,
    to_toml,
)
from movietag.vocabulary.texts import field_name, normalise, words

__all__ = [
    "BUILT_IN",
    "DEFAULT_RULE",
    "FORMER_DEFAULTS",
    "MAX_TAGS",
    "MatchRule",
    "Misfit",
    "Vocabulary",
    "built_in_vocabularies",
    "field_name",
    "from_lines",
    "from_text",
    "load",
    "normalise",
    "to_toml",
    "whole_part",
    "words",
]
