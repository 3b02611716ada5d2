"""Resolves tags as people write them (any case, aliases), and suggests similar ones for typos."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from movietag.errors import UsageError
from movietag.rules.spelling.letters import folded
from movietag.search.query.nearness import slips_between
from movietag.search.query.nodes import Tag
from movietag.vocabulary import Vocabulary, words

MOST_NEAREST = 3
LEAST_PART = 4  # letters of a word that suggests a tag of several
MOST_WORDS = 6  # of a form that is recognised in running words
_WITH_RATIO = re.compile(r"(?P<tag>.+):(?P<number>[0-9.]+)(?P<percent>%?)")


class TagNames:
    """All forms of all tags of a vocabulary, indexed once for many searches."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        forms = [(form, tag) for tag, more in vocabulary.aliases.items() for form in (tag, *more)]
        self._known = {words(form): tag for form, tag in forms}
        self._compact = {_compact(form): tag for form, tag in reversed(forms)}
        self._plain = {" ".join(words(form)): tag for form, tag in forms}

    def find(self, text: str) -> str | None:
        """The tag that a text names, in any case, by any of its forms; None if it names none.

        Accents, signs, underscores and spaces between the words of a form do not matter: `scifi` and `sci_fi` are
        `sci-fi`. Where they are all that distinguishes two forms, the form as it is written comes first.
        """
        if (tag := self._known.get(words(text))) is not None:
            return tag
        return self._compact.get(_compact(text))

    def begins(self, texts: Sequence[str]) -> tuple[str, int] | None:
        """The tag that the first texts name, and how many they are; of several the one with most words."""
        for number in range(min(len(texts), MOST_WORDS), 0, -1):
            joined = " ".join(texts[:number])
            tag = self._known.get(words(joined)) if number > 1 else self.find(joined)
            if tag is not None:
                return tag, number
        return None

    def nearest(self, text: str, limit: int = MOST_NEAREST) -> list[str]:
        """The tags that a text with slips may name, nearest first; none if it is another word."""
        typed = " ".join(words(text.replace("_", " ")))
        found: dict[str, int] = {}
        for form, tag in self._plain.items():
            if (slips := _slips(typed, form)) is not None:
                found[tag] = min(slips, found.get(tag, slips))
        return sorted(found, key=found.__getitem__)[:limit]

    def unknown(self, text: str, write: Callable[[str], str] = str) -> str:
        """The error message for an unknown tag, with similar tags formatted by ``write``."""
        name, shown = self.vocabulary.name, text.strip()[:60]
        nearest = " or ".join(map(write, self.nearest(text)))
        hint = f"Did you mean {nearest}?" if nearest else "None is spelled like it."
        return f"Vocabulary {name} has no tag {shown!r}. {hint}"


def _compact(text: str) -> str:
    return "".join(words(folded(text.replace("_", " "))))


def _slips(typed: str, form: str) -> int | None:
    """How far a text is from a form of a tag, as a whole, without its spaces, or from one of its words."""
    whole = [
        slips_between(typed, form),
        slips_between(typed.replace(" ", ""), form.replace(" ", "")),
    ]
    parts = form.split()
    if len(parts) > 1 and len(typed) >= LEAST_PART and typed in parts:
        whole.append(2)
    return min((one for one in whole if one is not None), default=None)


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
