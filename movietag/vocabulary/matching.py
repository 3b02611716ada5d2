"""Matching tags in a caption: as whole words, or as substrings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from movietag.vocabulary.texts import normalise

NONE: frozenset[str] = frozenset()


class Hit(NamedTuple):
    """A form in a text: the numbers of its first word and of the one behind its last, and its tag.

    ``tag`` is None for a phrase that is no tag.
    """

    start: int
    end: int
    tag: str | None


class WordForms:
    """Matches forms as whole words from left to right, the longest first; each word is used once.

    Args:
        forms: pairs of a form's words (at least one) and its tag; no form twice. A form without a tag uses up
            its words.
        split: splits a caption into words.
    """

    def __init__(
        self,
        forms: Iterable[tuple[tuple[str, ...], str | None]],
        split: Callable[[str], list[str]],
    ) -> None:
        self._split = split
        self._forms = dict(forms)
        lengths: dict[str, set[int]] = {}
        for key in self._forms:
            lengths.setdefault(key[0], set()).add(len(key))
        # By length, not form by form: thousands of forms may begin with the same word.
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
        self._firsts = frozenset(lengths)

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms that match."""
        words = self._split(caption)
        if self._firsts.isdisjoint(words):
            return NONE
        return frozenset([hit.tag for hit in self.hits(words) if hit.tag is not None])

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """The forms that match in the words of a caption, in their order."""
        found = []
        free = 0  # the first word that no form has used yet
        for at in [at for at, word in enumerate(words) if word in self._firsts]:
            if at < free:
                continue
            for length in self._lengths[words[at]]:
                key = tuple(words[at : at + length])
                if key in self._forms:
                    free = at + len(key)  # shorter at the caption's end
                    found.append(Hit(at, free, self._forms[key]))
                    break
        return found


class Substrings:
    """Matches forms anywhere in the caption, within words too, as in the paper.

    Args:
        forms: pairs of a form's own text and its tag.
        no_tag: phrases that are taken out of the caption first, the longest first.
    """

    def __init__(self, forms: Iterable[tuple[str, str]], no_tag: Iterable[str] = ()) -> None:
        self._forms = [(normalise(form), tag) for form, tag in forms]
        self._no_tag = sorted(map(normalise, no_tag), key=len, reverse=True)

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms that match."""
        text = normalise(caption)
        for phrase in self._no_tag:
            text = text.replace(phrase, "\n")
        return frozenset([tag for form, tag in self._forms if form in text])
