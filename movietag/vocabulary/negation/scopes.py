"""What a sentence denies: cues, and how far each reaches, as in NegEx and ConText.

A cue reaches to the end of its clause. A comma ends it, unless a list goes on: `no A, B or C`. Each unit is looked at
a bounded number of times.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final

from movietag.vocabulary.negation import cues
from movietag.vocabulary.negation.clauses import Sentence
from movietag.vocabulary.negation.cues import Phrase, Reach
from movietag.vocabulary.negation.predicates import Predicates

LONGEST: Final = 100  # units that a cue reaches
LONGEST_LIST: Final = 500  # units of a list behind a colon or in brackets
LONGEST_ITEM: Final = 4  # units of an item of a list


class Scopes:
    """The hits that a sentence denies.

    Args:
        sentence: the sentence.
        listed: the cues.
    """

    def __init__(self, sentence: Sentence, listed: Mapping[Phrase, Reach]) -> None:
        self._units, self._words, self._cues = sentence.units, sentence.words, listed
        self._predicates = Predicates(self._units, self._words)
        self._firsts = {phrase[0] for phrase in (*listed, *cues.NOT_CUES)}
        self.denied: set[int] = set()
        at = 0
        while at < len(self._units):
            at += self._look(at)

    def _look(self, at: int) -> int:
        """Look at a position for a cue; returns by how much to move on."""
        unit = self._units[at]
        if unit.hit is not None:
            if self._predicates.is_answered(at):
                self.denied.add(unit.hit)
            return 1
        self.denied.update(self._predicates.denied_before(at))
        no_cue, cue = (
            cues.at(self._words, at, listed) if unit.word in self._firsts else 0
            for listed in (cues.NOT_CUES, self._cues)
        )
        if cue > no_cue:
            kind = self._cues[tuple(self._words[at : at + cue])]
            reached = self._units[at + cue : self._reach(at, at + cue, kind)]
            self.denied.update(unit.hit for unit in reached if unit.hit is not None)
        return max(cue, no_cue, 1)

    def _reach(self, cue: int, start: int, kind: Reach) -> int:
        """Where the scope of a cue ends that begins at ``cue`` and ends before ``start``."""
        compound = self._compound_end(start)
        if compound > start or kind is Reach.NEXT:  # `non-violent`, `no-nonsense western`
            return compound
        list_end = opened = 0
        last = min(len(self._units), start + LONGEST)
        for at in range(start, last):
            before = self._units[at].before
            opened += before.count("(") - before.count(")")
            if (
                (":" in before or "(" in before)
                and '"' not in before
                and cues.LIST_WORDS.issuperset(self._words[start:at])
            ):
                return self._list_end(at, bracket="(" in before)
            if kind is Reach.LIST and not cues.LIST_WORDS.issuperset(self._words[start:at]):
                return start
            if opened < 0 or ":" in before or self._ends_at(at, start, kind):
                return at
            if self._units[at].comma and at >= list_end:
                list_end = self._list_goes_on(cue, start, at) if at > start else 0
                if not list_end:
                    return at
        return last

    def _compound_end(self, start: int) -> int:
        """Where the words end that hyphens join to the one before ``start``."""
        last = min(len(self._units), start + LONGEST)
        return next((at for at in range(start, last) if self._units[at].before != "-"), last)

    def _list_end(self, at: int, *, bracket: bool) -> int:
        """The end of a list: its bracket, or the line that begins the next one, `present: …`."""
        last = min(len(self._units), at + LONGEST_LIST)
        line = 0
        for number in range(at + 1, last):
            before = self._units[number].before
            if bracket and ")" in before:
                return number
            if ":" in before and line:
                return line
            if ";" in before and not self._is_bare(number):
                return number
            line = number if "\n" in before else line
        return last

    def _is_bare(self, at: int) -> bool:
        """Whether a tag is an item of a list, alone."""
        after = self._units[at + 1].before if at + 1 < len(self._units) else ""
        return self._units[at].hit is not None and (not after or after.strip(" \"'") != "")

    def _ends_at(self, at: int, start: int, kind: Reach) -> bool:
        word, after = self._words[at], self._word(at + 1)
        tag = at > start and "#" in self._units[at].before and not self._units[at].comma
        if self._units[at].breaks or tag:
            return True
        if word in cues.ENDS or (word, after) in cues.TWO_WORD_ENDS:
            if word == "which" and self._words[at - 1] in cues.SAYING:
                return False
            linked = word in {"rather", "instead"} and after in {"than", "of"}
            return linked or at > start or word not in cues.NOT_AT_ONCE
        if word == "as" and after != "well" and self._words[at - 1] not in {"such", "well"}:
            return any(unit.hit is not None for unit in self._units[start:at])
        if word in cues.PREPOSITIONS and at > start:
            determined = after in cues.THE or (kind is not Reach.ACT and after in cues.A)
            return determined and self._word(at + 2) not in cues.PICTURES
        verb = kind is Reach.NOUN and word in cues.VERBS
        return verb or (word == "and" and after in cues.STARTERS)

    def _list_goes_on(self, cue: int, start: int, comma: int) -> int:
        """Where the list ends that goes on behind a comma; 0 if none does."""
        first = self._units[comma - 1].hit is not None  # `no horror, …`, not `no people, …`
        inner = self._units[cue].comma and self._units[cue - 1].hit is not None
        bare = first and comma - start == 1 and not inner  # `cute, not dark, clever`: one is denied
        named = self._names(start, comma)
        item = 0
        for at in range(comma, min(len(self._units), comma + LONGEST)):
            unit, word = self._units[at], self._words[at]
            if at > comma and unit.comma:
                item = 0
            if (at > comma and (unit.breaks or ":" in unit.before)) or word in cues.ENDS:
                return at if bare or named else 0
            if word in {"or", "nor"}:
                return self._item_end(at)
            if word == "and":
                return self._item_end(at) if first and self._is_item(at) else 0
            if word in cues.VERBS or word in cues.STARTERS - {"the"} or item >= LONGEST_ITEM:
                return 0
            bare = bare and unit.hit is not None
            item += 1
        return min(len(self._units), comma + LONGEST) if bare or named else 0

    def _names(self, start: int, end: int) -> bool:
        """Whether examples begin: `tags such as horror, …`."""
        words = self._words[start:end]
        return "like" in words or any(pair == ("such", "as") for pair in itertools.pairwise(words))

    def _is_item(self, conjunction: int) -> bool:
        """Whether an item follows `and`, rather than a clause."""
        if self._word(conjunction + 1) in cues.STARTERS:
            return False
        rest = self._words[conjunction + 1 : conjunction + 1 + LONGEST_ITEM]
        return not any(word in cues.VERBS for word in rest)

    def _item_end(self, conjunction: int) -> int:
        """Where the last item of a list ends: at the next comma."""
        for at in range(conjunction + 1, len(self._units)):
            if self._units[at].comma:
                return at
        return len(self._units)

    def _word(self, at: int) -> str:
        return self._words[at] if at < len(self._words) else ""
