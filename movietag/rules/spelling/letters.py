"""Letters folded: case, accents, width, ligatures and variants of a letter make no difference."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

JOINT: Final = "\u2044"  # the fraction slash: separates parts of one word, as a hyphen does

_DROPPED: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # points of Hebrew
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # of Arabic
    "\u093c\u09bc\u0a3c]"
)
"""Accents, vowel points, tatweel, nukta."""
_IOTA_BELOW: Final = "\u0345"  # an accent of Greek, which would be a letter once its case is folded
_UNSEEN: Final = re.compile("[\u034f\u3164\uffa0\u115f\u1160\ufe00-\ufe0f™®©℠]")
_APOSTROPHES: Final = frozenset("ʹʺʻʼʽˈꞋꞌ")  # letters to Unicode
_APART: Final = ("<fraction>", "<super>", "<sub>", "<circle>")
_SPACING: Final = "<compat> 0020 "  # an accent that stands alone
_LETTERS: Final[dict[int, int | str | None]] = {
    **str.maketrans("ıðŋĸə", "idnke", "\u0640"),
    ord("þ"): "th",
    ord("æ"): "ae",
    ord("œ"): "oe",
    **str.maketrans("ىیېةہھەکٱ", "يييههههكا"),  # Persian and Urdu as Arabic
    ord("ँ"): "ं",  # signs of Devanagari that are written for each other
    ord("ґ"): "\u0433",
    **str.maketrans("ךםןףץ", "כמנפצ"),  # final forms of Hebrew
    **{code: code - 0x60 for code in range(0x30A1, 0x30F7)},  # katakana as hiragana
}
_EXPANDED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_BASE: Final = re.compile(r"LATIN SMALL LETTER ([A-Z])(?: WITH .+)?")


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """A text with its letters folded: `Łódź` gives `lodz`, `Cœur` `coeur`, `Straße` `strasse`."""
    return _plain(_cased(text))


@lru_cache(maxsize=10_000)
def expanded(text: str) -> str:
    """Like ``folded``, with umlauts written as two letters: `Rückkehr` gives `rueckkehr`."""
    composed = unicodedata.normalize("NFC", _cased(text))
    return _plain(composed.translate(_EXPANDED))


def _cased(text: str) -> str:
    """NFKC and case folded, without invisible signs; a fraction or raised digit is a part of its own."""
    bare = unicodedata.normalize("NFD", text).replace(_IOTA_BELOW, "")
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", bare))
    apart = "".join(map(_apart, seen))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", apart).casefold())


@lru_cache(maxsize=10_000)
def _apart(char: str) -> str:
    """The character, behind a joint if NFKC would merge it with the one before; a joint for an apostrophe."""
    made_of = unicodedata.decomposition(char)
    if char in _APOSTROPHES or made_of.startswith(_SPACING):
        return JOINT
    if unicodedata.category(char) == "Cf":
        return ""
    return f"{JOINT}{char}" if made_of.startswith(_APART) else char


def _plain(text: str) -> str:
    bare = _DROPPED.sub("", unicodedata.normalize("NFD", text)).translate(_LETTERS)
    return "".join(map(_letter, unicodedata.normalize("NFC", bare)))


@lru_cache(maxsize=10_000)
def _letter(char: str) -> str:
    """The plain letter of a Latin one with a stroke or a hook, the ASCII digit of any digit; else the character."""
    if char.isascii():
        return char
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    base = _BASE.fullmatch(unicodedata.name(char, ""))
    return base[1].lower() if base else char
