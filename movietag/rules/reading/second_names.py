"""Articles at the end of a title, and second names in brackets behind it, as MovieLens and others write them."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

from movietag.rules.reading.brackets import last_group
from movietag.rules.reading.marks import unquoted
from movietag.rules.reading.text import normal_title
from movietag.rules.reading.words import names_a_part

_WORDY_ARTICLES: Final = "The|An|Der|Das|Dem|Des|Den|Det|Le|La|Les|El|Los|Las|Il|Lo|Gli|Het|Une?|Una|Uno|Eine?|Os|As|Et|Ett"
_ARTICLES: Final = re.compile(
    # Those that are other words, too, only as they are written at the beginning of a title.
    rf"(?P<rest>.*[^\s,]),\s*(?P<article>(?i:{_WORDY_ARTICLES}|L['’])|A|I|O|De|Die|En)(?P<more>:\s.*|\s[-–]\s.*)?"  # noqa: RUF001
)
_BEFORE_SUBTITLE: Final = re.compile(r"the|an|der|das|les?", re.IGNORECASE)
_ALSO: Final = re.compile(
    r"(?:a\s?\.?\s?k\s?\.?\s?a\b\.?|also known as|aka\b|alias\b|orig(?:inal)?\.?(?: title)?:)[\s:]*",
    re.IGNORECASE,
)
_ENGLISH: Final = re.compile(
    r"\b(?:the|of|and|with|my|your|you|from|not|what|when|how|who|why|this|that|his|our|they|was|or|but|its)\b",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(
    r"\b(?:de|des|du|le|la|les|el|los|las|il|lo|gli|di|del|della|dei|der|das|und|ein|eine|et|l|y|con|una|un|och|att|det"
    r"|den|som|på|ni|wo|ga|para|por|em|da|dos|nel|alla|sur|pour|dans)\b",
    re.IGNORECASE,
)
# What titles of English write small; a small letter elsewhere is of another language: `Ying xiong`.
_SMALL: Final = re.compile(r"(?:an?|in|on|to|at|by|for|is|no|as|s|t|vs|n|o)", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+")
_PART: Final = re.compile(r"\d+|[IVX]+")
_ALIKE: Final = 0.6
"""Of a second name that is another spelling: `Ring (Ringu)`. Of `I Am Curious (Yellow)` it is 0.1."""


def article_first(text: str) -> str | None:
    """`Usual Suspects, The` as `The Usual Suspects`, also before a subtitle; None if there is no article."""
    found = _ARTICLES.fullmatch(text)
    if found is None or (found["more"] and not _BEFORE_SUBTITLE.fullmatch(found["article"])):
        return None
    blank = "" if found["article"][-1] in "'’" else " "  # noqa: RUF001
    return f"{found['article']}{blank}{found['rest']}{found['more'] or ''}"


def without_second_name(text: str) -> str | None:
    """The title without a second name in brackets at its end; None if there is none.

    A name is second if the line says so (`a.k.a.`), if it has its article at the end, is of another script or spelled
    alike, or of another language than English. English ones stay: `Birdman or (The Unexpected Virtue of Ignorance)`.
    """
    last = last_group(text)
    if last is None or not last.round or not last.inner:
        return None
    name, title = last.inner, last.before
    other_script = _scripts(name).isdisjoint(_scripts(title))
    if last.glued and not (other_script or unquoted(title)):
        return None
    before = last_group(title)
    second = (
        _ALSO.match(name)
        or (before is not None and _ALSO.match(before.inner))
        or _alike(name, title)
        or (_has_letters(name) and not _has_letters(title))
        or (_has_letters(name) and (other_script or unquoted(title) or _of_another(name, title)))
    )
    return title if second else None


def _of_another(name: str, title: str) -> bool:
    """Whether a name is of another language, or one of both has its article at the end."""
    inverted = article_first(name) is not None or article_first(title) is not None
    return inverted or _foreign(name, title)


def _foreign(name: str, title: str) -> bool:
    """Whether a name in brackets is of another language than English, and the title is not written as it is."""
    words = _WORD.findall(name)
    if not words[0][0].isupper() or _ENGLISH.search(name):
        return False
    if _accented(name) and not _accented(title):
        return True
    if len(words) > 1 and _FOREIGN.search(name):
        return True
    return _in_sentence_case(words) and not _in_sentence_case(_WORD.findall(title))


def _in_sentence_case(words: list[str]) -> bool:
    """Whether a word after the first has a small letter where English titles have a capital one."""
    return any(
        word[0].islower() and not (_ENGLISH.fullmatch(word) or _SMALL.fullmatch(word))
        for word in words[1:]
    )


def _accented(text: str) -> bool:
    return any("\u0300" <= char <= "\u036f" for char in unicodedata.normalize("NFD", text))


def _scripts(text: str) -> frozenset[str]:
    """The scripts of its letters, by the first word of their names; of text without letters `LATIN`."""
    letters = {unicodedata.name(char, "?").split()[0] for char in text if char.isalpha()}
    return frozenset(
        "CJK" if name in {"HIRAGANA", "KATAKANA"} else name for name in letters
    ) or frozenset({"LATIN"})


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _alike(name: str, title: str) -> bool:
    """Whether a name is another spelling of a title, or one is the beginning of the other; no further part of it."""
    last = name.rpartition(" ")[2]
    if names_a_part(name) or (_PART.fullmatch(last) and last != title.rpartition(" ")[2]):
        return False
    one, other = (_WORD.findall(_bare(text)) for text in (name, title))
    shorter = min(len(one), len(other))
    if shorter and one[:shorter] == other[:shorter]:
        return True
    spelt, given = (re.sub(r"[\W_]", "", _bare(text)) for text in (name, title))
    return bool(spelt) and SequenceMatcher(None, spelt, given, autojunk=False).ratio() >= _ALIKE


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", normal_title(text))
    return "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f")
