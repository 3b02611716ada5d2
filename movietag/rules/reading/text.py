"""The text of a title: the form that is shown, and the form in which titles are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

REFUSED: Final = frozenset("\u202d\u202e")
"""They turn a text around: what is seen is not what is stored."""

_CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Format characters that are seen: the number signs of Arabic and Syriac.
_SEEN: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u3164\uffa0\ufffc")
_JOINERS: Final = frozenset("\u180e\u200c\u200d")
# Scripts in which joiners change the form of letters: Arabic to Myanmar, Khmer to Mongolian, and others.
_JOINED: Final = re.compile(
    "[\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\U00011000-\U00011fff]"
)
_PICTURE_PARTS: Final = "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"

# Twins: characters that keyboards, editors and file systems put for each other.
_TWINS: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼʻʹ′´`＇׳", "'"),  # noqa: RUF001  # all kinds of apostrophes
        **dict.fromkeys("“”„‟″״＂«»", '"'),  # noqa: RUF001
        **dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-"),  # noqa: RUF001  # all kinds of hyphens
        **dict.fromkeys("•‧∙⋅⸱ꞏ᛫ᐧ・･ㆍᆞ", "·"),
        **dict.fromkeys("∶꞉", ":"),  # noqa: RUF001
        **dict.fromkeys("∕⧸", "/"),  # noqa: RUF001
        **dict.fromkeys("™®©℠\ufe0e\ufe0f", None),
    }
)
_KANA_DOT: Final = re.compile("(?<=[\u3041-\u30ff])·|·(?=[\u3041-\u30ff])")


def displayed(text: str) -> str:
    """The text as it is shown: NFC, without invisible marks, with single blanks.

    Joiners stay where their script needs them.
    """
    visible = "".join(
        char for at, char in enumerate(text) if not _invisible(char) or _joins(text, at)
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


def normal_title(text: str) -> str:
    """The form in which titles are compared.

    Case, width of letters, blanks and the form of accents make no difference, nor do apostrophes, hyphens, quotes
    and middle dots of another kind, trade marks and invisible marks. Folding may undo NFKC, so it is applied again.
    """
    # Before NFKC, which takes some of them apart (the acute accent, ™), and after it, which makes some (ŉ).
    plain = unicodedata.normalize("NFKC", displayed(text).translate(_TWINS)).translate(_TWINS)
    dotted = _KANA_DOT.sub("・", plain)
    return " ".join(unicodedata.normalize("NFKC", dotted.casefold()).split())


def control_in(text: str) -> str | None:
    """The first character that no title may have: a control character, or one that turns the text around."""
    return next(
        (char for char in text if char in REFUSED or unicodedata.category(char) in _CONTROLS), None
    )


def _invisible(char: str) -> bool:
    if char in _FILLERS:
        return True
    return unicodedata.category(char) == "Cf" and char not in _SEEN


def _joins(text: str, at: int) -> bool:
    """Whether the mark is a joiner between letters of a script that needs it, or between parts of a picture."""
    if text[at] not in _JOINERS or not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    if _JOINED.match(before) and _JOINED.match(after):
        return True
    picture = before in _PICTURE_PARTS or unicodedata.category(before) == "So"
    return text[at] == "\u200d" and picture and unicodedata.category(after) == "So"
