# ruff: noqa: RUF001  # letters that look alike are what it is about
"""Letters folded, so that different spellings of one word are equal."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

# All apostrophes are one; the marks of owners of names say nothing.
_PLAIN: Final = dict.fromkeys(map(ord, "’‘ʼ`´′＇"), "'") | dict.fromkeys(map(ord, "®™©℠"), "")
# Marks over and under letters, in the scripts where writers leave them out: Latin, Greek and Cyrillic
# accents, Hebrew points, Arabic vowels and hamzas, the Arabic filler, the Devanagari dot.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c]"
)
_SINGLE: Final = str.maketrans(
    {
        "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t",
        "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n",
        "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ە": "ه", "ٱ": "ا",
        "ँ": "ं", "ヶ": "ケ",
    }
)  # fmt: skip
_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)
_FRACTION: Final = re.compile("[¼-¾⅐-⅞]")
_RAISED: Final = re.compile(r"(?<![²³¹⁰⁴-⁹])(?=[²³¹⁰⁴-⁹])")
# Scripts that do not, or not always, separate words by blanks: Thai to Myanmar, Hangul, Kana, Han.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


def bare_letters(text: str) -> str:
    """The text without width, accents, vowel marks and invisible marks, in its case.

    Fractions and raised digits stand apart: ``8½`` is ``8 1 2``, ``Alien³`` is ``Alien 3``.
    """
    text = _FRACTION.sub(lambda found: f" {found[0]}", text.translate(_PLAIN))
    decomposed = unicodedata.normalize("NFKD", _RAISED.sub(" ", text)).replace("\u2044", " ")
    bare = "".join(char for char in decomposed if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", _MARKS.sub("", bare))


def one_form(bare: str) -> str:
    """Bare letters in one case and one form of each.

    Katakana become hiragana, traditional and Japanese Han characters simplified ones, digits of any script
    European ones; Ł, ø, æ, ß and the like become letters of the English alphabet.
    """
    folded = unicodedata.normalize("NFC", _MARKS.sub("", bare.casefold())).translate(_SINGLE)
    return "".join(map(_form_of, folded))


def spelt_out(text: str) -> str:
    """The text with umlauts written as two letters, as in ``Maedchen``."""
    return unicodedata.normalize("NFC", text).translate(_UMLAUTS)


def unspaced(text: str) -> bool:
    """Whether the text has letters of a script that does not separate words by blanks."""
    return _UNSPACED.search(text) is not None


def _form_of(char: str) -> str:
    if char < "\u0660":
        return char
    if "\u30a1" <= char <= "\u30f6":
        return chr(ord(char) - 0x60)
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    return _han().get(char, char)


@cache
def _han() -> dict[str, str]:
    """Traditional and Japanese characters to simplified ones."""
    text = resources.files("movietag.crawl.judging").joinpath("han.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {form: group[0] for group in " ".join(lines).split() for form in group[1:]}
