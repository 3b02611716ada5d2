"""Alphabets whose letters have other places than in the order for all languages, as dictionaries print them.

After the tailorings of the Unicode CLDR (https://cldr.unicode.org/), of which only what decides between different words
is kept: which letter, or group of letters, is one of its own, and behind which it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from movietag.settings.languages import AlphabetName

ALPHABETS: Final[Mapping[AlphabetName, str]] = {
    "albanian": "c<ç d<dh e<ë g<gj l<ll n<nj r<rr s<sh t<th x<xh z<zh",
    "azerbaijani": "c<ç e<ə g<ğ h<x<ı k<q o<ö s<ş u<ü z<w",  # noqa: RUF001
    "belarusian": "е<ё и<і<й у<ў",  # noqa: RUF001
    "croatian": "c<č<ć d<dž<đ l<lj n<nj s<š z<ž",
    "czech": "c<č h<ch r<ř s<š z<ž",
    "danish": "z<æ=ä<ø=ö=ő<å=aa y=ü",
    "estonian": "s<š<z<ž w<õ<ä<ö<ü",
    "finnish": "z<å<ä=æ<ö=ø y=ü",
    "hungarian": "c<cs+ccs d<dz+ddz<dzs+ddzs g<gy+ggy l<ly+lly n<ny+nny o<ö=ő s<sz+ssz t<ty+tty u<ü=ű z<zs+zzs",
    "icelandic": "a<á d<ð e<é i<í o<ó u<ú y<ý z<þ<æ=ä<ö=ø<å",
    "latvian": "c<č g<ģ i<y k<ķ l<ļ n<ņ r<ŗ s<š z<ž",
    "lithuanian": "c<č i=y s<š z<ž",
    "norwegian": "z<æ=ä<ø=ö=ő<å=aa y=ü",
    "persian": "ب<پ ج<چ ز<ژ ك<گ ن<و<ه",  # noqa: RUF001
    "polish": "a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż",
    "romanian": "a<ă<â i<î s<ș=ş t<ț=ţ",
    "serbian": "д<ђ и<ј л<љ н<њ т<ћ ч<џ c<č<ć d<dž<đ l<lj n<nj s<š z<ž",  # noqa: RUF001
    "slovak": "a<ä c<č h<ch o<ô s<š z<ž",
    "slovenian": "c<č<ć d<đ s<š z<ž",
    "spanish": "n<ñ",
    "swedish": "z<å<ä=æ<ö=ø y=ü",
    "turkish": "c<ç g<ğ h<ı o<ö s<ş u<ü",  # noqa: RUF001
    "ukrainian": "г<ґ е<є и<і<ї<й",  # noqa: RUF001
}
"""Runs of letters: the first has its usual place; `<` puts another one behind it, `=` makes one the same as the one
before, `+` is the one before twice, as it is written in Hungarian."""
_BEHIND: Final = 0xA001
"""The first of the characters behind a letter that make it another one: they are of the Yi script, behind all others."""


def in_alphabet(text: str, alphabet: AlphabetName | Literal[""]) -> str:
    """The text with the letters of an alphabet written so that they sort by its order; as it is without one.

    `Åsa` gives `z` and a character behind all letters and `sa` in Swedish.
    """
    if not alphabet:
        return text
    letters = _letters(alphabet)
    composed = unicodedata.normalize("NFC", text)
    return _pattern(alphabet).sub(lambda found: letters[found[0]], composed)


@cache
def _letters(alphabet: AlphabetName) -> Mapping[str, str]:
    """Each letter, small and capital, and how it is written instead."""
    written: dict[str, str] = {}
    for run in ALPHABETS[alphabet].split():
        first, *others = re.split("([<=+])", run)
        place, now = 0, first
        for sign, letter in zip(others[::2], others[1::2], strict=True):
            if sign == "<":
                now = f"{first}{chr(_BEHIND + place)}"
                place += 1
            forms = (letter, letter.upper(), letter.capitalize())
            written |= dict.fromkeys(forms, now * 2 if sign == "+" else now)
    return written


@cache
def _pattern(alphabet: AlphabetName) -> re.Pattern[str]:
    """Any of its letters, the longest first."""
    return re.compile("|".join(sorted(_letters(alphabet), key=len, reverse=True)))
