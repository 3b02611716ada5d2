"""Tags as people write them in a search: any case, aliases, a least ratio after a colon."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from movietag.errors import UsageError
from movietag.vocabulary import Vocabulary, normalise, words

NEAREST = 3
_WITH_RATIO = re.compile(r"(?P<tag>.+):(?P<number>[0-9.]+)(?P<percent>%?)")


@dataclass(frozen=True, slots=True)
class AskedTag:
    """A tag of the vocabulary and a ratio: the least one wanted, or the cut of an unwanted tag."""

    tag: str
    ratio: float


def ask(text: str, vocabulary: Vocabulary, ratio: float) -> AskedTag:
    """Read `horror`, `horror:0.5` or `horror:50%`; ``ratio`` is for a tag without its own.

    Raises:
        UsageError: no such tag (the text names the nearest ones), or no ratio from 0 to 1.
    """
    known = {
        words(form): tag for tag, forms in vocabulary.aliases.items() for form in (tag, *forms)
    }
    tag = known.get(words(text))
    parts = _WITH_RATIO.fullmatch(text.strip())
    if tag is None and parts:
        tag = known.get(words(parts["tag"]))
        ratio = _ratio(text, parts["number"], parts["percent"])
    if tag is None:
        raise UsageError(_unknown(parts["tag"] if parts else text, vocabulary))
    if not 0 <= ratio <= 1:
        raise UsageError(f"{text!r}: a ratio lies between 0 and 1 (30 % is 0.3 or 30%).")
    return AskedTag(tag, ratio)


def _ratio(text: str, number: str, percent: str) -> float:
    try:
        return float(number) / (100 if percent else 1)
    except ValueError:
        raise UsageError(f"{text!r}: {number} is no number; write 0.3 or 30%.") from None


def _unknown(text: str, vocabulary: Vocabulary) -> str:
    found = process.extract(
        normalise(text), vocabulary.tags, scorer=fuzz.WRatio, limit=NEAREST, score_cutoff=60
    )
    nearest = ", ".join(tag for tag, _, _ in found)
    hint = f"Did you mean {nearest}?" if nearest else f"Known: {', '.join(vocabulary.tags[:20])} …"
    return f"Vocabulary {vocabulary.name} has no tag {text.strip()[:60]!r}. {hint}"
