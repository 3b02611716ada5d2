"""A caption as sentences of units: a word, or a tag that matches, with what separates it from the one before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from movietag.vocabulary.matching import Hit
from movietag.vocabulary.negation.cues import listed
from movietag.vocabulary.splitting import Token

_APOSTROPHES: Final = frozenset("'`\u2019\u00b4\u02b9\u2032")
_STEMS: Final = {
    "won": "will",
    "can": "can",
    "shan": "shall",
    "ain": "is",
}  # the others lose an n: `isn`
_CONTRACTED: Final = listed(
    "isn aren wasn weren don doesn didn hasn haven hadn won wouldn couldn shouldn can ain mustn needn "
    "shan"
)
WRITTEN_AS_ONE: Final = {
    "cannot": "can",
    **{f"{stem}t": _STEMS.get(stem, stem[:-1]) for stem in _CONTRACTED - {"won", "can"}},
    "cant": "can",
}
_ABBREVIATED: Final = listed("vs mr mrs ms dr st eg ie e g i etc feat ca approx")
_SENTENCE: Final = re.compile(r"[!?\u2026\u3002\uff01\uff1f]|\.{2,}")
_STOP: Final = re.compile(r"\.(?:[\s\"')\]\u201d*]|\Z)")
_DASH: Final = re.compile(r"\s[-\u2013\u2014]{1,2}\s|[\u2014]|--")


@dataclass(slots=True)
class Unit:
    """A word or a hit.

    Attributes:
        word: folded; empty for a hit.
        hit: its number among the hits.
        before: what is between it and the unit before.
    """

    word: str
    hit: int | None
    before: str

    @property
    def comma(self) -> bool:
        """Whether a comma is before it."""
        return "," in self.before or "\u060c" in self.before

    @property
    def breaks(self) -> bool:
        """Whether a clause ends before it: at a dash, a semicolon or a line's end."""
        return "\n" in self.before or ";" in self.before or _DASH.search(self.before) is not None


@dataclass(slots=True)
class Sentence:
    """Its units, and what is behind it."""

    units: list[Unit]
    end: str = ""

    @property
    def words(self) -> list[str]:
        """The word of each unit; empty for a hit."""
        return [unit.word for unit in self.units]


def sentences(text: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> Iterator[Sentence]:
    """The sentences of a text; a list behind a colon belongs to its sentence, also line by line."""
    current = Sentence([])
    colon = listing = False
    for unit in _units(text, tokens, hits):
        previous = current.units[-1].word if current.units else ""
        if current.units and _ends(unit.before, previous, colon=colon, listing=listing):
            current.end = unit.before
            yield current
            current, colon, listing = Sentence([]), False, False
        colon = colon or ":" in unit.before
        listing = listing or (":" in unit.before and "\n" in unit.before)
        current.units.append(unit)
    if current.units:
        current.end = text[tokens[-1].end :]
        yield current


def _ends(before: str, previous: str, *, colon: bool, listing: bool) -> bool:
    if "\n" in before:
        return not _opens_list(before) and (not listing or before.count("\n") > 1)
    if ";" in before:
        return not colon
    if _SENTENCE.search(before):
        return True
    return _STOP.search(before) is not None and previous not in _ABBREVIATED


def _opens_list(before: str) -> bool:
    """Whether the line ends in a colon, and not in a full stop behind it."""
    _, colon, rest = before.partition("\n")[0].rpartition(":")
    return bool(colon) and not _SENTENCE.search(rest) and not _STOP.search(rest)


def _units(text: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> Iterator[Unit]:
    begins = {hit.start: number for number, hit in enumerate(hits)}
    at = end = 0
    while at < len(tokens):
        before = text[end : tokens[at].start]
        if (number := begins.get(at)) is not None:
            yield Unit("", number, before)
            at = hits[number].end
        else:
            word, negated, size = _word(text, tokens, at)
            if before == "." and not text[tokens[at].start].isupper():
                before = "-"  # `e.g`, `example.com`
            yield Unit(word, None, before)
            if negated:
                yield Unit("not", None, " ")
            at += size
        end = tokens[at - 1].end


def _word(text: str, tokens: Sequence[Token], at: int) -> tuple[str, bool, int]:
    """The word at a position, whether a `not` is contracted with it, and of how many tokens it is."""
    word = tokens[at].word
    if word in WRITTEN_AS_ONE:
        return WRITTEN_AS_ONE[word], True, 1
    ends_in_t = word in _CONTRACTED and at + 1 < len(tokens) and tokens[at + 1].word == "t"
    if ends_in_t and text[tokens[at].end : tokens[at + 1].start] in _APOSTROPHES:
        return _STEMS.get(word, word[:-1]), True, 2
    return word, False, 1
