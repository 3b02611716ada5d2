"""Tags as people write them in a table of their own: which tag of a vocabulary is meant, and what is close to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from movietag.vocabulary.model import Vocabulary
from movietag.vocabulary.splitting import form_words
from movietag.vocabulary.texts import words

MOST_NEAREST: Final = 3
CLOSE: Final = 70.0  # of 100, by rapidfuzz's normalised edit similarity
_OTHER_JOINERS: Final = re.compile(r"[;|/]")


@dataclass(frozen=True, slots=True)
class TagSpelling:
    """What a written tag is.

    Attributes:
        tag: the vocabulary's tag; empty if it has none of these words.
        problem: what is wrong with the text, and the nearest tags; empty if nothing is.
    """

    tag: str
    problem: str = ""


class Speller:
    """Reads tags of one vocabulary: in any case, joined by hyphens, blanks, `_` or capitals, and by their aliases."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._tags: dict[tuple[str, ...], str] = {}
        for tag, aliases in vocabulary.aliases.items():
            self._tags.update({words(form): tag for form in (tag, *aliases)})
        for tag, aliases in vocabulary.aliases.items():
            for form in (tag, *aliases):
                self._tags.setdefault(form_words(form), tag)
        self._forms = {" ".join(key): tag for key, tag in self._tags.items()}

    def read(self, text: str) -> TagSpelling:
        """The tag that a text names, or what is wrong with it."""
        if tag := self._tag_of(text):
            return TagSpelling(tag)
        if parts := self._parts(text):
            wanted = ", ".join(parts)
            sign = _OTHER_JOINERS.search(text)
            return TagSpelling(
                "",
                f"{text!r} is {len(parts)} tags joined by {sign[0] if sign else ''!r}: write {wanted!r}",
            )
        nearest = self.nearest(text)
        close = f"; nearest: {', '.join(nearest)}" if nearest else ""
        return TagSpelling("", f"{text!r} is not in the vocabulary {self.vocabulary.name}{close}")

    def _tag_of(self, text: str) -> str:
        return self._tags.get(words(text)) or self._tags.get(form_words(text), "")

    def nearest(self, text: str) -> Sequence[str]:
        """The tags whose own words, or an alias', are closest to a text; at most ``MOST_NEAREST``."""
        wanted = " ".join(words(text))
        scored = ((fuzz.ratio(wanted, form), tag) for form, tag in self._forms.items())
        close = sorted((one for one in scored if one[0] >= CLOSE), key=lambda one: -one[0])
        return tuple(dict.fromkeys(tag for _, tag in close))[:MOST_NEAREST]

    def _parts(self, text: str) -> tuple[str, ...]:
        """The tags of a text that joins several by another sign than a comma; none if it does not."""
        parts = [part for part in _OTHER_JOINERS.split(text) if part.strip()]
        tags = tuple(map(self._tag_of, parts))
        return tags if len(tags) > 1 and all(tags) else ()
