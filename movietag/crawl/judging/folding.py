"""Titles folded to words, with what stands between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from typing import Final

from movietag.crawl.judging.letters import bare_letters, one_form, unspaced
from movietag.crawl.judging.numerals import ELSEWHERE, ORDINAL, ROMAN, number_at, spelt_with_digits

_AND: Final = re.compile(r"(?<=\s)[+＋](?=\s)")  # noqa: RUF001  # "Romeo + Juliet", not "Disney+"
_HARD: Final = re.compile(r"[|/\\(){}\[\]<>《》〈〉【】『』「」〔〕#@~•·]|\.{3}|…|\n")  # noqa: RUF001
_CLOSES: Final = re.compile(r"[)\]]\s*")
_TIGHT: Final = re.compile(r"[-'.‐‑·•・/_]?")  # noqa: RUF001  # "Spider-Man", "E.T.", "WALL·E"
_DASHES: Final = re.compile('[-‐-―−~"“”„«»]')  # noqa: RUF001  # all of them
_GLUE: Final = re.compile(r"[\s.。_'‐‑]*-?")  # noqa: RUF001
_FORMS: Final = {
    "&": ("and", "&", "und", "et", "y", "e", "i", "og", "och", "en", "ve"),
    "v": ("5", "v", "vs"),
    "x": ("10", "x"),
    "i": ("i", "1"),
    "vs": ("vs",),
    "versus": ("vs",),
    "dr": ("doctor", "dr"),
    "mr": ("mister", "mr"),
    "st": ("saint", "st"),
    "contra": ("contra", "vs"),
    "vol": ("part", "vol"),
    "pt": ("part", "pt"),
    "judgement": ("judgment",),
    "colour": ("color",),
    "colours": ("colors",),
    "grey": ("gray",),
} | dict.fromkeys(("volume", "chapter", "teil", "parte", "partie"), ("part",))

_OWNER: Final = 4  # letters of a name that may lose its ending: "Jones' Diary", but not "It's"


class Gap(IntEnum):
    """What separates a word from the one before, the stronger the higher."""

    GLUE = 0  # blanks, a hyphen, a dot: one phrase
    COLON = 1  # a colon, comma or other mark: a subtitle may follow
    DASH = 2  # a dash or a quotation mark
    HARD = 3  # a bar, a bracket, a hash: something else begins


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word; ``written`` is it before numbers became digits."""

    text: str
    written: str
    gap: Gap
    possessive: bool = False  # "Disney's"
    quoted: bool = False  # a quotation mark is between it and the word before
    bracketed: bool = False  # a bracket is
    closes: bool = False  # a bracket closes between them, and nothing else
    joined: bool = False  # nothing is between them
    lower: bool = False  # it begins with a small letter

    @property
    def forms(self) -> tuple[str, ...]:
        """All that it may be compared as; the first is ``text``."""
        forms = _FORMS.get(self.written, (self.text,))
        number = ELSEWHERE.get(self.written)
        owner = (self.owner,) if self.possessive and len(self.owner) >= _OWNER else ()
        return (*forms, *owner, *([number] if number else []))

    @property
    def latin(self) -> bool:
        """Whether it is in Latin letters or digits."""
        return self.text < "\u0250"

    @property
    def owner(self) -> str:
        """The word without the ending of a possessive: ``disney``."""
        return self.text.removesuffix("s") if self.possessive else self.text


@lru_cache(maxsize=4096)  # a video's title is read for the crowd, and again for the verdict
def fold(text: str) -> tuple[Word, ...]:
    """Split a title into folded words.

    Spellings of letters (``one_form``), apostrophes, ``&`` and the form of numbers (``II``, ``two``, ``2``,
    "nineteen eighty-four") make no difference. In scripts without blanks every character is a word.
    """
    bare = bare_letters(_AND.sub("&", text))
    words: list[Word] = []
    start = 0  # end of the word before
    for begin, end in _spans(bare):
        between, raw = bare[start:begin], one_form(bare[begin:end])
        written = spelt_with_digits(raw.replace("'", ""))
        words.append(
            Word(
                text=_text(written),
                written=written,
                gap=_gap(between) if words else Gap.HARD,
                possessive=raw.endswith("'s"),
                quoted=any(mark in between for mark in '"“”„«»'),
                bracketed=any(mark in between for mark in "()[]"),
                joined=bool(words) and not between,
                closes=_CLOSES.fullmatch(between) is not None,
                lower=bare[begin].islower(),
            )
        )
        start = end
    return _with_numbers(words)


def _with_numbers(words: list[Word]) -> tuple[Word, ...]:
    """The words, with numbers in English words as digits."""
    texts = [word.written for word in words]
    found: list[Word] = []
    at = 0
    while at < len(words):
        number = number_at(texts, at)
        inner = number and words[at + 1 : number[1]]
        if number is None or any(word.gap != Gap.GLUE for word in inner or ()):
            found.append(words[at])
            at += 1
            continue
        digits, end = number
        first = words[at]
        written = " ".join(texts[at:end])
        one, *more = digits.split()
        found.append(
            replace(first, text=one, written=written, possessive=words[end - 1].possessive)
        )
        found += [Word(text, written, Gap.GLUE) for text in more]
        at = end
    return tuple(found)


def _text(written: str) -> str:
    return ROMAN.get(written) or ORDINAL.get(written) or _FORMS.get(written, (written,))[0]


def _gap(between: str) -> Gap:
    if _TIGHT.fullmatch(between) or _GLUE.fullmatch(between):
        dashed = between.endswith("-") and between != "-"
        return Gap.DASH if dashed else Gap.GLUE
    if _HARD.search(between):
        return Gap.HARD
    return Gap.DASH if _DASHES.search(between) else Gap.COLON


def _spans(text: str) -> list[tuple[int, int]]:
    """The spans of words: letters, marks and digits, and apostrophes between them; and ``&``."""
    spans: list[tuple[int, int]] = []
    begin: int | None = None
    for at, char in enumerate(f"{text} "):
        alone = char == "&" or unspaced(char)
        wordy = not alone and (
            unicodedata.category(char)[0] in "LMN"
            or (char == "'" and begin is not None and text[at + 1 : at + 2].isalnum())
        )
        if wordy and begin is None:
            begin = at
        elif not wordy and begin is not None:
            spans.append((begin, at))
            begin = None
        if alone:
            spans.append((at, at + 1))
    return spans
