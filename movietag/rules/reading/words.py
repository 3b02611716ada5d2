"""Words by which files and shops tell one release of a film from another: none of them is of its title."""

from __future__ import annotations

import re
from typing import Final

TECHNICAL: Final = re.compile(
    r"\d{3,4}[pi]|\d{3,4}x\d{3,4}|[48]k|u?hd|fhd|sd|[hx]\.?26[45]|hevc|avc|av1|vp9|xvid|divx|mpeg-?[24]|1[02]-?bit|8-?bit"
    r"|blu-?ray|bd(?:-?rip|-?remux|25|50)?|br-?rip|dvd(?:-?rip|scr|[59]|-?r)?|web(?:-?dl|-?rip|hd)?|hdtv|tv-?rip|hd-?rip"
    r"|hd-?cam|cam(?:-?rip)?|hd-?ts|telesync|screener|vhs(?:-?rip)?|laser-?disc|remux|proper|repack|rerip|internal|hybrid"
    r"|hdr(?:10)?\+?|dv|dovi|sdr|hlg|imax|3d|h?-?sbs|h?-?ou|atmos|true-?hd|dts(?:-?hd|-?x|-?ma)?|aac|e?-?ac-?3|ddp?|flac"
    r"|opus|mp3|[257]\.[01]|[268]ch|mono|stereo|multi|dual|subs?|subbed|dub(?:bed)?|vostfr|vose|vff?|truefrench|vo|omu"
    r"|yts|yify|rarbg|mkv|mp4|avi|iso|nf|amzn|dsnp|hmax|itunes|eng?|ger|deu|fre|fra|ita|spa|jpn|kor|chi|rus",
    re.IGNORECASE,
)
"""One technical word of a release."""

STRONG: Final = re.compile(
    r"(?<![^\W_])(?:(?:480|576|720|1080|1440|2160|4320)[pi]|[hx][. ]?26[45]|hevc|xvid|divx|blu-?ray|bd-?rip|bd-?remux|br-?rip"
    r"|dvd-?rip|dvdscr|web-?dl|web-?rip|hdtv|hd-?rip|hd-?cam|uhd|remux|10bit|vhsrip)(?![^\W_])",
    re.IGNORECASE,
)
"""A word that no title has: where it stands, the text is the name of a release."""

_EDITION: Final = (
    r"uncut|unrated|uncensored|extended|remaster(?:ed)?|restored|redux|theatrical|criterion|directors?|director['\u2019]s"
    r"|collectors?|collector['\u2019]s|anniversary|workprint|despecialized|colou?ri[sz]ed|langfassung|kinofassung|ungekürzt"
)
_EDITION_WORD: Final = re.compile(
    rf"{_EDITION}|the|final|special|ultimate|original|international|limited|complete|alternate|full|open|matte|black|and|white"
    r"|cut|edition|version|collection|fassung|\d+(?:st|nd|rd|th)",
    re.IGNORECASE,
)
_EDITION_SIGN: Final = re.compile(rf"{_EDITION}|edition|version|fassung", re.IGNORECASE)
_BREAKS: Final = re.compile(r"[\s,_|+/&~-]+")
_PART: Final = re.compile(
    r"\b(?:part|pt|volume|vol|chapter|episode|ep|season|series|book|teil|folge|staffel|partie|tome|saison|parte|часть)\b\.?"
    r"\s+(?:\d+|[ivx]+|one|two|three|four|five|six|seven|eight|nine|ten|eins|zwei|drei|deux|trois|uno|dos|tres|due|tre)\b"
    r"|^\W*(?:\d+|[ivx]+)\b(?![.:/]\d)|\bS\d+E\d+\b|第.+[部章話话集]|[前後后中]編|[前後后]篇|[上下]集",
    re.IGNORECASE,
)


def is_release(text: str) -> bool:
    """Whether every word of a text names a release or an edition: ``Bluray-1080p``, ``Director's Cut``."""
    if STRONG.search(text) and not text[:1].isspace():
        return True
    words = [word.strip(".") for word in _BREAKS.split(text.strip()) if word.strip(".")]
    if not words or not all(_of_release(word) for word in words):
        return False
    return any(TECHNICAL.fullmatch(word) or _EDITION_SIGN.fullmatch(word) for word in words) or (
        len(words) > 1 and words[-1].casefold() in {"cut", "collection"}
    )


def begins_release(text: str) -> bool:
    """Whether a text begins with words of a release or an edition."""
    words = [word.strip(".") for word in _BREAKS.split(text.strip()) if word.strip(".")]
    return any(is_release(" ".join(words[:count])) for count in (1, 2, 3) if count <= len(words))


def names_a_part(text: str) -> bool:
    """Whether a text says which part of a whole a film is: ``Part Two``, ``Vol. 2``."""
    return _PART.search(text) is not None


def _of_release(word: str) -> bool:
    return bool(TECHNICAL.fullmatch(word) or _EDITION_WORD.fullmatch(word))
