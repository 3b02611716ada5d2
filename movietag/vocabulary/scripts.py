"""Scripts that are written without spaces, letters that are the same to a reader, and prefixes and particles.

What a word is in each script, as far as it can be decided without a dictionary:

* Katakana: a whole run, or one that known words fill: ``ホラー`` is in ``ホラー映画``, ``アクション`` not in ``リアクション``.
* Chinese characters with Hiragana, Thai, Lao, Khmer, Burmese: anywhere in a run, but never in the middle of a letter
  and its marks. Of Hiragana alone, fewer than three letters must be a whole run of it.
* Korean: a word, or known words in a row, with a particle behind it: ``로맨스를``, but not ``코미디`` in ``코미디언``.
* Arabic and Hebrew: without the points; with an article, a preposition or "and" in front.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Final

KATAKANA: Final = "\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff"
HIRAGANA: Final = "\u3041-\u3096\u309d-\u309f"
HAN: Final = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HANGUL: Final = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"
THAI: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # and Lao, Burmese, Khmer
LONG_VOWEL: Final = "\u30fc"  # behind Katakana and Hiragana

SHORTEST_HIRAGANA: Final = 3
SHORTEST_STEM: Final = 3
SHORTEST_WITH_ARTICLE: Final = 2

ARABIC: Final = re.compile(r"[وف]?(?:[بك]?ال|لل)|[وفبكل]")
HEBREW: Final = re.compile("[ושהכלבמ]{1,3}")
_POINTS: Final = (
    (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
    (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4),
    (0x06E7, 0x06E8), (0x06EA, 0x06ED),
)  # fmt: skip
_UNSEEN: Final = (0x00AD, 0x034F, 0x0640, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10))
SAME_LETTERS: Final[dict[int, str | None]] = {
    **dict.fromkeys(_UNSEEN),
    **{code: None for first, last in _POINTS for code in range(first, last + 1)},
    **dict.fromkeys((0x0622, 0x0623, 0x0625, 0x0671), "\u0627"),
    0x0649: "\u064a",
    0x02BC: "'",
}
"""What a reader does not see (soft hyphens, joiners, points, the stretching of Arabic), and forms of one letter."""

_BEFORE_ONLY: Final = frozenset(
    "เแโใไເແໂໃໄ"
)  # vowels written before the letter after which they are spoken
_AFTER_ONLY: Final = frozenset("ะาำๅະາຳ")

_ENDINGS: Final = (
    "은 는 이 가 을 를 의 에 와 과 로 으로 도 만 나 이나 랑 이랑 하고 에서 에게 에는 에서는 에도 부터 까지 처럼 같은 보다 마다"
    " 이라 라 이라는 라는 이란 란 이고 고 이며 며 이자 자 인 이다 다 입니다 이에요 예요 이었다 였다 이었습니다 였습니다 이지만 지만 이라고 라고"
)
_DERIVED: Final = "적 적인 적으로 적이다 적이고 적이며 스러운 스럽다 스럽고 한 하다 하고 하며 할 하게 합니다 로운 롭다 로움"
_NOUNS: Final = "물 극 풍 영화 장르 장면 드라마 작품 분위기 씬 신 요소"
PARTICLES: Final = frozenset(
    [
        *f"{_ENDINGS} {_DERIVED} {_NOUNS}".split(),
        *(noun + ending for noun in _NOUNS.split() for ending in _ENDINGS.split()),
    ]
)
"""What may follow a Korean noun without a space: endings, and words such as 영화 with their own endings."""


@lru_cache(maxsize=1)
def marks() -> str:
    """The combining marks outside of the unspaced scripts, for a class of an expression."""
    unspaced = re.compile(f"[{THAI}{HAN}{HANGUL}{HIRAGANA}{KATAKANA}]")
    codes = [
        code
        for code in (*range(0x300, 0x20000), *range(0xE0100, min(0xE01F0, sys.maxunicode)))
        if unicodedata.category(chr(code))[0] == "M" and not unspaced.match(chr(code))
    ]
    spans: list[list[int]] = []
    for code in codes:
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)


def breaks_a_letter(run: str, start: int, end: int) -> bool:
    """Whether a part of a run begins or ends between a letter and its marks or vowels."""
    after, before = run[end : end + 1], run[start - 1 : start]
    return (
        after in _AFTER_ONLY
        or (after != "" and unicodedata.category(after)[0] == "M")
        or before in _BEFORE_ONLY
    )


def without_prefix(word: str, known: frozenset[str]) -> str | None:
    """The known word behind the prefixes of an Arabic or Hebrew word."""
    first = word[0]
    pattern = ARABIC if "\u0600" <= first <= "\u06ff" else HEBREW
    found = pattern.match(word)
    for size in range(1, found.end() + 1) if found else ():
        rest = word[size:]
        article = word[:size].endswith(("ال", "لل"))
        least = SHORTEST_WITH_ARTICLE if article else SHORTEST_STEM
        if rest in known and len(rest) >= least:
            return rest
    return None
