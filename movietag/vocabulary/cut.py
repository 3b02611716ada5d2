"""The part of a cut answer that counts: everything before its last entry, which may be half a word or half a tag.

A list loses its last entry, a sentence its last word. What ends with a full stop or a closed quote has no half entry.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_ENTRY: Final = 4  # words; more behind the last comma are prose
_ENDED: Final = re.compile(
    r"[.!?\u2026,;:|\u3001\u3002\uff0c\uff1b\]})\"'\u2019\u201d\u00bb\u300d\u300f]\s*\Z"
)
_BETWEEN: Final = re.compile(r"[,;|\n\u3001\uff0c\uff1b\u060c]")
_OPENS: Final = re.compile(r"(?:^|(?<=[\s(\[{:,;=-]))[\"'\u2018\u201c\u00ab\u300c\u300e](?=\w)")
_CLOSES: Final = re.compile(r"(?<=\S)[\"'\u2019\u201d\u00bb\u300d\u300f](?!\w)")
_SPACE: Final = re.compile(r"\s(?=\S*\Z)")
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]\Z"
)


def whole_part(caption: str) -> str:
    """The caption without its last entry, for an answer that was cut by its limit of tokens.

    ``... tags 'western', 'cult`` becomes ``... tags 'western',``; ``a man in a dark wes`` becomes ``a man in a dark``.
    """
    text = caption.rstrip()
    opened = [found.start() for found in _OPENS.finditer(text)]
    if opened and not _CLOSES.search(text, opened[-1] + 1):
        return text[: opened[-1]].rstrip()
    if not text or _ENDED.search(text):
        return text
    begun = max((found.end() for found in _BETWEEN.finditer(text)), default=None)
    if begun is not None and len(text[begun:].split()) <= LONGEST_ENTRY:
        return text[:begun].rstrip()
    if _UNSPACED.search(text):  # no space says where its last word begins
        return text[:-1].rstrip()
    found = _SPACE.search(text)
    return text[: found.start()].rstrip() if found else ""
