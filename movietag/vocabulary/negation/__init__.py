"""Tags that a caption denies do not count: `no violence`, `not a horror film`, `None of these apply: …`.

English only: of captions in other languages every tag counts, as under the rule `words`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from movietag.vocabulary.matching import NONE, Hit, WordForms
from movietag.vocabulary.negation import cues
from movietag.vocabulary.negation.clauses import WRITTEN_AS_ONE, Sentence, sentences
from movietag.vocabulary.negation.cues import Phrase, Reach
from movietag.vocabulary.negation.scopes import Scopes
from movietag.vocabulary.splitting import Splitter

__all__ = ["AffirmedForms"]

_NO: Final = frozenset({"no", "not", "nope", "none", "never"})
LONGEST_NO: Final = 3  # words of an answer to a question


class AffirmedForms:
    """Matches forms as ``WordForms`` does, without the hits that their sentence denies.

    Args:
        forms: the forms.
        split: by which they split a caption.
        hedges: whether what is only possible (`may be horror`) is denied, too.
    """

    def __init__(self, forms: WordForms, split: Splitter, *, hedges: bool = False) -> None:
        self._forms, self._split = forms, split
        self._cues: Mapping[Phrase, Reach] = {**cues.CUES, **(cues.HEDGES if hedges else {})}
        self._cue_words = cues.CUE_WORDS.union((phrase[0] for phrase in self._cues), WRITTEN_AS_ONE)

    def __call__(self, caption: str) -> frozenset[str]:
        """The tags of the forms that match and are not denied."""
        words = self._split(caption)
        hits = self._forms.hits(words)
        if not hits:
            return NONE
        denied = self._denied(caption) if self._has_cue(words, hits) else NONE_DENIED
        return frozenset(
            [hit.tag for at, hit in enumerate(hits) if hit.tag is not None and at not in denied]
        )

    def _has_cue(self, words: Sequence[str], hits: Sequence[Hit]) -> bool:
        """Whether a word outside of the hits may begin a cue; `non fiction` is a tag."""
        if self._cue_words.isdisjoint(words):
            return False
        used = {at for hit in hits for at in range(hit.start, hit.end)}
        return any(word in self._cue_words and at not in used for at, word in enumerate(words))

    def _denied(self, caption: str) -> frozenset[int]:
        text, tokens = self._split.tokens(caption)
        hits = self._forms.hits([token.word for token in tokens])
        denied: set[int] = set()
        before: Sentence | None = None
        for sentence in sentences(text, tokens, hits):
            denied |= Scopes(sentence, self._cues).denied
            if before is not None and _denies_question(before, sentence):
                denied |= {unit.hit for unit in before.units if unit.hit is not None}
            before = sentence
        return frozenset(denied)


NONE_DENIED: Final[frozenset[int]] = frozenset()


def _denies_question(question: Sentence, answer: Sentence) -> bool:
    """`Horror? No.`, `Horror? Not here.`."""
    if "?" not in question.end or answer.units[0].word not in _NO:
        return False
    if len(answer.units) == 1 or answer.units[1].comma:
        return True
    return len(answer.units) <= LONGEST_NO and all(unit.hit is None for unit in answer.units)
