"""Where a name stands in the words of a video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from movietag.crawl.judging.folding import Word
from movietag.crawl.judging.names import Name

Span = tuple[int, int]  # the first word, and the one after the last
MOST: Final = 6  # places that are looked at


def spans_of(name: Name, words: Sequence[Word]) -> list[Span]:
    """The runs of whole words that spell a name, however it is split ("Spider-Man", "Spiderman").

    They do not overlap; the first and longest win, and at most six are found.
    """
    found: list[Span] = []
    begin = 0
    while begin < len(words) and len(found) < MOST:
        end = _end_of(name, words, begin)
        if end is not None:
            found.append((begin, end))
        begin = end or begin + 1
    return found


def _end_of(name: Name, words: Sequence[Word], begin: int) -> int | None:
    """The end of the longest run from a word on that spells the name."""
    found = None
    runs = {""}
    for end in range(begin, len(words)):
        runs = {run + form for run in runs for form in words[end].forms} & name.beginnings
        if not runs:
            break
        if runs & name.phrases and _as_written(name, words[begin : end + 1]):
            found = end + 1
    return found


def _as_written(name: Name, words: Sequence[Word]) -> bool:
    return not name.spelling or (len(words) == 1 and words[0].written == name.spelling)
