"""Captions as models write them, and the tags that they have under a rule and a vocabulary.

``rule``: ``paper`` is ``MOVIETAG_MATCH=substring``, ``any`` is right under ``words`` and ``words-negation`` alike, else
the value of ``MOVIETAG_MATCH``. ``vocabulary``: a built-in one, or ``tags: a | b``; ``; not: x | y`` behind it are
phrases that are no tag, ``mpst+not`` has those of ``MPST_NOT``. ``tags``: separated by ``;``, ``-`` for none, ``all``
and a number for all of them. A row of the kind ``cut caption`` was cut by the limit of tokens. A row of the kind
``hedge`` is debatable unless it names ``words-negation-hedges``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, get_args

from benchmarks.cases import Outcome, TableError
from movietag.errors import UsageError
from movietag.vocabulary import MatchRule, Vocabulary, load

COLUMNS: Final = ("caption", "rule", "vocabulary", "tags", "kind")
RULES: Final[dict[str, tuple[MatchRule, ...]]] = {
    **{rule: (rule,) for rule in get_args(MatchRule)},
    "paper": ("substring",),
    "any": ("words", "words-negation"),
}
MPST_NOT: Final = (
    "dark hair | dark-haired | dark blue | western Europe | Western wear | comic book | comic strip | comedy club"
    " | action figure | dramatic lighting"
)


def check(row: Mapping[str, str]) -> Outcome:
    """Match the caption under each of the row's rules, and compare."""
    right, came = True, []
    if row["rule"] not in RULES:
        raise TableError(f"{row['rule']!r} is no rule; the rules are {', '.join(RULES)}.")
    for rule in RULES[row["rule"]]:
        try:
            vocabulary = vocabulary_of(row["vocabulary"], rule)
        except UsageError as error:
            raise TableError(f"{row['vocabulary']!r} under {rule!r}: {error}") from None
        tags = vocabulary.match(row["caption"], cut="cut" in row["kind"])
        right &= tags == wanted(row["tags"], vocabulary)
        came.append(f"{rule}: {'; '.join(sorted(tags)) or '-'}")
    return Outcome(right, ", ".join(came))


def wanted(cell: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The tags that a cell names."""
    if re.match(r"all \d+\b", cell):
        return frozenset(vocabulary.tags)
    return frozenset(tag for part in cell.split(";") if (tag := part.strip()) not in {"", "-"})


@lru_cache
def vocabulary_of(cell: str, rule: MatchRule) -> Vocabulary:
    """The vocabulary that a cell names.

    Raises:
        UsageError: it is invalid, or the rule is unknown.
    """
    named, _, phrases = cell.partition("; not:")
    named, plus, _ = named.strip().partition("+not")
    no_tag = [*listed(phrases), *(listed(MPST_NOT) if plus else ())]
    if named.startswith("tags:"):
        aliases: Mapping[str, tuple[str, ...]] = dict.fromkeys(listed(named[5:]), ())
    else:
        aliases = load(named).aliases
    return Vocabulary("cases", aliases, rule, no_tag=tuple(no_tag))


def listed(cell: str) -> list[str]:
    """The parts of a cell between bars."""
    return [part.strip() for part in cell.split("|") if part.strip()]
