"""Which tags a caption holds: by whole words, or by any occurrence."""

from __future__ import annotations

from collections.abc import Iterable

from movietag.vocabulary.texts import normalise, word_list

NONE: frozenset[str] = frozenset()


class WordForms:
    """Finds forms as whole words, the longest first, each word used once: from left to right.

    Args:
        forms: pairs of a form's words (at least one) and its tag; no form twice.
    """

    def __init__(self, forms: Iterable[tuple[tuple[str, ...], str]]) -> None:
        self._by_first: dict[str, list[tuple[int, list[str], str]]] = {}
        for key, tag in forms:
            self._by_first.setdefault(key[0], []).append((len(key), list(key), tag))
        for starting in self._by_first.values():
            starting.sort(key=lambda item: -item[0])
        self._firsts = frozenset(self._by_first)

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms found."""
        tokens = word_list(caption)
        if self._firsts.isdisjoint(tokens):
            return NONE
        found = set()
        free = 0  # the first word that no form has used
        for at in [at for at, token in enumerate(tokens) if token in self._firsts]:
            if at < free:
                continue
            for length, key, tag in self._by_first[tokens[at]]:
                if length == 1 or tokens[at : at + length] == key:
                    found.add(tag)
                    free = at + length
                    break
        return frozenset(found)


class Substrings:
    """Finds forms anywhere in the caption, within words too: as in the paper.

    Args:
        forms: pairs of a form's own text and its tag.
    """

    def __init__(self, forms: Iterable[tuple[str, str]]) -> None:
        self._forms = [(normalise(form), tag) for form, tag in forms]

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms found."""
        text = normalise(caption)
        return frozenset([tag for form, tag in self._forms if form in text])
