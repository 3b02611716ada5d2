"""Matching tags in a caption: as whole words, or as substrings."""

from __future__ import annotations

from collections.abc import Iterable

from movietag.vocabulary.texts import normalise, word_list

NONE: frozenset[str] = frozenset()


class WordForms:
    """Matches forms as whole words from left to right, the longest first; each word is used once.

    Args:
        forms: pairs of a form's words (at least one) and its tag; no form twice.
    """

    def __init__(self, forms: Iterable[tuple[tuple[str, ...], str]]) -> None:
        self._forms = dict(forms)
        lengths: dict[str, set[int]] = {}
        for key in self._forms:
            lengths.setdefault(key[0], set()).add(len(key))
        # By length, not form by form: thousands of forms may begin with the same word.
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
        self._firsts = frozenset(lengths)

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms that match."""
        tokens = word_list(caption)
        if self._firsts.isdisjoint(tokens):
            return NONE
        forms = set()
        free = 0  # the first word that no form has used yet
        for at in [at for at, token in enumerate(tokens) if token in self._firsts]:
            if at < free:
                continue
            for length in self._lengths[tokens[at]]:
                tag = self._forms.get(tuple(tokens[at : at + length]))
                if tag is not None:
                    forms.add(tag)
                    free = at + length
                    break
        return frozenset(forms)


class Substrings:
    """Matches forms anywhere in the caption, within words too, as in the paper.

    Args:
        forms: pairs of a form's own text and its tag.
    """

    def __init__(self, forms: Iterable[tuple[str, str]]) -> None:
        self._forms = [(normalise(form), tag) for form, tag in forms]

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms that match."""
        text = normalise(caption)
        return frozenset([tag for form, tag in self._forms if form in text])
