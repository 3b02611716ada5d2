"""Resolves tags as people write them (any case, aliases), and suggests similar ones for typos."""

from __future__ import annotations

import re
from collections.abc import Callable

from rapidfuzz import fuzz, process

from movietag.errors import UsageError
from movietag.search.query.nodes import Tag
from movietag.vocabulary import Vocabulary, normalise, words

MOST_NEAREST = 3
_WITH_RATIO = re.compile(r"(?P<tag>.+):(?P<number>[0-9.]+)(?P<percent>%?)")


class TagNames:
    """All forms of all tags of a vocabulary, indexed once for many searches."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._known = {
            words(form): tag for tag, forms in vocabulary.aliases.items() for form in (tag, *forms)
        }
        self._forms = {
            normalise(form): tag
            for tag, forms in vocabulary.aliases.items()
            for form in (tag, *forms)
        }

    def find(self, text: str) -> str | None:
        """The tag that a text names, in any case, by any of its forms; None if it names none."""
        return self._known.get(words(text))

    def nearest(self, text: str, limit: int = MOST_NEAREST) -> list[str]:
        """The tags whose forms are most similar to a text, most similar first."""
        matches = process.extract(  # pyrefly: ignore[no-matching-overload]
            normalise(text),
            self._forms.keys(),
            scorer=fuzz.WRatio,
            limit=3 * limit,
            score_cutoff=60,
        )
        return list(dict.fromkeys(self._forms[form] for form, _, _ in matches))[:limit]

    def unknown(self, text: str, write: Callable[[str], str] = str) -> str:
        """The error message for an unknown tag, with similar tags formatted by ``write``."""
        name, shown = self.vocabulary.name, text.strip()[:60]
        nearest = ", ".join(map(write, self.nearest(text)))
        some = ", ".join(map(write, self.vocabulary.tags[:20]))
        hint = f"Did you mean {nearest}?" if nearest else f"Known: {some} …"
        return f"Vocabulary {name} has no tag {shown!r}. {hint}"


def parse_tag(text: str, names: TagNames, ratio: float | None = None) -> Tag:
    """Parse `horror`, `horror:0.5` or `horror:50%`: the tag occurs, or has at least this ratio.

    ``ratio`` is the default for a tag without one. A ratio of 0 means that the tag occurs.

    Raises:
        UsageError: the tag is unknown (the text suggests similar ones), or the ratio is not in 0 to 1.
    """
    tag = names.find(text)
    parts = _WITH_RATIO.fullmatch(text.strip())
    if tag is None and parts:
        tag = names.find(parts["tag"])
        ratio = _ratio(text, parts["number"], parts["percent"])
    if tag is None:
        raise UsageError(names.unknown(parts["tag"] if parts else text))
    if ratio is not None and not 0 <= ratio <= 1:
        raise UsageError(f"{text!r}: a ratio must be between 0 and 1 (30 % is 0.3 or 30%).")
    return Tag(tag, ">=", ratio) if ratio else Tag(tag)


def _ratio(text: str, number: str, percent: str) -> float:
    try:
        return float(number) / (100 if percent else 1)
    except ValueError:
        raise UsageError(f"{text!r}: {number} is not a number; write 0.3 or 30%.") from None
