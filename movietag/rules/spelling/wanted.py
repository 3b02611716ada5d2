"""What a query wants of a title: for each word, the forms of which a title must have one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from movietag.rules.spelling.forms import SpelledTitle, can_slip, joined, pieces_of
from movietag.rules.spelling.numerals import named_number, number_of
from movietag.rules.spelling.splitting import SpelledWord, readings, without_article

MOST_JOINABLE: Final = (
    16  # above it words are not tried in one piece: each form is a clause of the search
)
MOST_FORGIVEN: Final = 8  # words of a query of which one may have a slip
YEARS: Final = range(1870, 2101)

Way = Literal["token", "begins", "phrase", "near", "year", "no year"]

_YEAR_BEHIND: Final = re.compile(r"(?s)(?P<title>.*\w.*?)\s*[(\[（【](?P<year>\d{4})[)\]）】]\s*")  # noqa: RUF001
_ARTICLES: Final = frozenset({"the", "a", "an"})
_AND: Final = frozenset({"and", "n"})
_LITTLE: Final = re.compile(
    "and|und|et|y|e|og|och|en|i|и|the|a|an|le|la|les|l|un|une|du|des|der|die|das|den|dem|ein|eine|el|los|las"
    "|una|il|lo|gli|o|os|as|um|uma|de|het|ett|det"
)
"""Articles and `and`, which may be left out where nothing fits all words."""


@dataclass(frozen=True, slots=True)
class TitleTest:
    """One thing that a title may have.

    ``way`` is how ``pieces`` are looked for: as a token, as the beginning of one, side by side, or but for one slip;
    or it is the movie's year, or that its year is unknown.
    """

    way: Way
    pieces: tuple[str, ...] = ()

    def holds(self, title: SpelledTitle) -> bool:
        """Whether a title has it."""
        match self.way:
            case "token":
                return title.has(self.pieces[0])
            case "begins":
                return title.begins(self.pieces[0])
            case "phrase":
                return title.phrase(self.pieces)
            case "near":
                return title.near(self.pieces[0])
            case "year":
                return title.year == int(self.pieces[0])
            case "no year":
                return title.year is None


Alternatives = tuple[TitleTest, ...]
"""Of these a title must have at least one."""


@dataclass(frozen=True, slots=True)
class WantedTitle:
    """The words of a query: a title fits in one of ``ways``, in all of its alternatives; none fits without a way."""

    ways: tuple[tuple[Alternatives, ...], ...]

    def __bool__(self) -> bool:
        """Whether the query has a word."""
        return bool(self.ways)

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.ways[0]) if self.ways else 0

    def fits(self, title: str, year: int | None) -> bool:
        """Whether a title of this year fits."""
        spelled = SpelledTitle(title, year)
        return any(
            all(any(one.holds(spelled) for one in alternatives) for alternatives in way)
            for way in self.ways
        )


@lru_cache(maxsize=2_000)
def wanted_title(text: str) -> WantedTitle:
    """What a text wants: each of its words, or its beginning, in any order, however it is spelled.

    Articles at its beginning and `and` may be missing in the title. A number may be the movie's year, a year in
    brackets at the end must be.
    """
    typed = _Typed.of(text)
    way = tuple(typed.alternatives(place) for place in typed.needed)
    return WantedTitle((way + typed.year,) if way else ())


@lru_cache(maxsize=2_000)
def near_title(text: str) -> WantedTitle:
    """What is near to a text: one word, or all in one piece, has a slip, or little words of other languages are missing.

    Numbers, roman ones and words among them, have no slips: `Rocky II` is not near to `rocky iii`.
    """
    typed = _Typed.of(text)
    if len(typed.words) > MOST_FORGIVEN:
        return WantedTitle(())
    needed = typed.needed
    numbers = {at for at in needed if number_of(typed.words[at].text, first=at == 0)}
    ways = []
    for place in needed:
        if place not in numbers and can_slip(typed.words[place].text):
            slip = (TitleTest("near", (typed.words[place].text,)),)
            ways.append(tuple(slip if one == place else typed.alternatives(one) for one in needed))
    whole = "".join(typed.words[place].text for place in needed)
    if len(needed) > 1 and not numbers and can_slip(whole):
        ways.append(((TitleTest("near", (whole,)),),))
    large = [place for place in needed if not _LITTLE.fullmatch(typed.words[place].text)]
    if large and len(large) < len(needed):
        ways.append(tuple(typed.alternatives(place) for place in large))
    return WantedTitle(tuple(way + typed.year for way in ways))


@lru_cache(maxsize=2_000)
def wanted_phrase(text: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of which a title must have one: the pieces of a text in order, in each reading, and in one piece."""
    found = [tuple(pieces_of(words)) for words in readings(text)]
    found += [
        (whole,)
        for words in readings(text)
        for first, last, whole in joined(words)
        if (first, last) == (0, len(words))
    ]
    return tuple(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class _Typed:
    """A text as typed: its words in each reading, and the year in brackets behind it."""

    readings: tuple[tuple[SpelledWord, ...], ...]
    year: tuple[Alternatives, ...] = ()

    @classmethod
    def of(cls, text: str) -> _Typed:
        behind = _YEAR_BEHIND.fullmatch(text)
        year: tuple[Alternatives, ...] = ()
        if behind and int(behind["year"]) in YEARS:
            text = behind["title"]
            year = ((TitleTest("year", (str(int(behind["year"])),)), TitleTest("no year")),)
        return cls(readings(text), year)

    @property
    def words(self) -> tuple[SpelledWord, ...]:
        return self.readings[0]

    @property
    def needed(self) -> list[int]:
        """The places of the words that a title must have; all if none is."""
        last = len(self.words) - 1
        places = [
            place
            for place, word in enumerate(self.words)
            if not (
                word.symbol
                or (place == 0 and word.text in _ARTICLES)
                or (0 < place < last and word.text in _AND)
                or (place == last and word.text in _ARTICLES and self.words[place - 1].comma)
            )
        ]
        return places or list(range(len(self.words)))

    def alternatives(self, place: int) -> Alternatives:
        """What stands for a word."""
        tests: list[TitleTest] = []
        for words in self.readings:
            tests += self._of_word(words, place)
            if len(words) <= MOST_JOINABLE:
                for first, last, text in joined(words):
                    if first <= place < last:
                        tests.append(TitleTest("begins", (text,)))
                        if number := named_number(text):
                            tests.append(TitleTest("token", (number,)))
        return tuple(dict.fromkeys(tests))

    def _of_word(self, words: Sequence[SpelledWord], place: int) -> Iterator[TitleTest]:
        word = words[place]
        if len(word.pieces) > 1:
            yield TitleTest("phrase", word.pieces)
        else:
            yield TitleTest("begins", word.pieces)
        if number := number_of(word.text, first=place == 0):
            yield TitleTest("token", (number,))
        if bare := without_article(word.text):
            yield TitleTest("begins", (bare,))
        alone = len(words) == 1
        if not alone and len(word.text) == 4 and word.text.isdecimal() and int(word.text) in YEARS:
            yield TitleTest("year", (word.text,))
