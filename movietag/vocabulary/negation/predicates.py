"""What denies the tags before it: `horror is not present`, `horror can be ruled out`, `horror: no`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from movietag.vocabulary.negation import cues
from movietag.vocabulary.negation.clauses import Unit

_ANSWERS: Final = frozenset((":", "=", "(", "-", "\u2013", "\u2014", "->", ": -"))
_SKIPPED: Final = cues.AUXILIARIES | cues.ADVERBS


class Predicates:
    """Looks back from a unit of a sentence.

    Args:
        units: of the sentence.
        words: of each unit; empty for a hit.
    """

    def __init__(self, units: Sequence[Unit], words: Sequence[str]) -> None:
        self._units, self._words = units, words

    def denied_before(self, at: int) -> Iterator[int]:
        """The hits that the word at a position denies: `TAG is not present`, `TAG is absent`, `TAG-free`."""
        word = self._words[at]
        if word == "free" and at and self._units[at].before == "-":
            yield from self._hit(at - 1)
        if not at or self._words[at - 1] not in _SKIPPED:
            return
        after = at + 1
        if word == "not":
            while self._word(after) in cues.ADVERBS:
                after += 1
        absent = word in cues.ABSENT or (word, self._word(after)) in cues.ABSENT_PAIRS
        if absent or (word == "not" and self._word(after) in cues.EXISTS):
            yield from self._subject(at - 1)

    def is_answered(self, at: int) -> bool:
        """Whether a no follows the hit at a position: `TAG: no`, `TAG - not present`."""
        if at + 1 >= len(self._units):
            return False
        answer, after = self._units[at + 1], self._word(at + 2)
        if answer.before.strip(" \"')]*_") not in _ANSWERS:
            return False
        ended = at + 2 >= len(self._units) or self._units[at + 2].before.strip() != ""
        absent = after in {"not": cues.EXISTS, "n": {"a"}}.get(answer.word, ())
        return absent or (answer.word in cues.DENIALS and ended)

    def _subject(self, last: int) -> Iterator[int]:
        """The tags of a subject whose predicate's first words end here; a list needs its `and` or `or`."""
        joined = False
        while last >= 0 and self._words[last] in _SKIPPED:
            last -= 1
        for at in range(last, -1, -1):
            unit = self._units[at]
            if unit.hit is None and unit.word not in cues.SUBJECTS:
                return
            yield from self._hit(at)
            joined = joined or unit.word in {"and", "or", "nor"}
            if unit.comma and not (joined and self._is_listed(at - 1)):
                return
            if unit.breaks or ":" in unit.before:
                return

    def _hit(self, at: int) -> Iterator[int]:
        if (hit := self._units[at].hit) is not None:
            yield hit

    def _is_listed(self, at: int) -> bool:
        """Whether a unit is a tag of a list rather than the end of a clause."""
        if at < 0 or self._units[at].hit is None:
            return False
        return at == 0 or self._units[at].comma or self._words[at - 1] in cues.SUBJECTS

    def _word(self, at: int) -> str:
        return self._words[at] if at < len(self._words) else ""
