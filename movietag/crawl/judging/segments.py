"""Segments of a video's name: words with only blanks between them, and what a single word there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from movietag.crawl.judging.folding import Gap, Word
from movietag.crawl.judging.lexicon import SHOWS, Labelled, lexicon

YEAR: Final = re.compile(r"(?:18[89]|19\d|20\d)\d")
_ORDINAL: Final = re.compile(r"\d*(?:1st|2nd|3rd|[04-9]th|1[1-3]th)")
_LAST_PART: Final = 20  # higher numbers behind a name are something else
_LEAD: Final = 4  # words that lead a number, at most: "파트" is two


def segments(rest: Sequence[Labelled]) -> Iterator[list[Labelled]]:
    """Runs of words with only blanks and hyphens between them; a quotation is one, whatever is in it."""
    segment: list[Labelled] = []
    quotation = False
    for one in rest:
        word = one[0]
        quotation ^= word.quoted
        parts = word.gap > Gap.GLUE and (word.quoted or word.gap == Gap.HARD or not quotation)
        if segment and parts:
            yield segment
            segment = []
        segment.append(one)
    if segment:
        yield segment


def ends_name(one: Labelled) -> bool:
    """Whether a name is over at this word: a kind of video, a year, people."""
    word, label = one
    ending = label is not None and label.group in {*SHOWS, "credit"}
    return ending or YEAR.fullmatch(word.text) is not None


def unexplained(segment: Sequence[Labelled], at: int) -> bool:
    """Whether a word of a segment has no meaning of its own, so that it may belong to a film's name."""
    word, label = segment[at]
    if label is not None or YEAR.fullmatch(word.text):
        return False
    if _ORDINAL.fullmatch(word.written):  # "Official 1st Trailer", but not "Shrek the 3rd"
        previous = segment[at - 1][1] if at else None
        return previous is not None and previous.group == "link"
    if not word.text.isdecimal():
        return True
    dated = at > 0 and segment[at - 1][1] is not None  # "In Theaters July 4"
    return not dated and not _has_unit([one for one, _ in segment[at + 1 : at + 3]])


def part_after(rest: Sequence[Labelled]) -> tuple[str, int]:
    """The number of a part right after a name ("Rocky IV", "Dune: Part Two"), and how many words it takes.

    The number is "" where there is none; part one is a number, too, unless it is a bare "one".
    """
    words = [word for word, _ in rest[: 2 * _LEAD]]
    part = lexicon().part
    lead = next((size for size in range(_LEAD, 0, -1) if _spells(words[:size], part, size)), 0)
    if lead >= len(words):
        return "", 0
    word = words[lead]
    joined = word.gap < Gap.HARD if lead else word.gap <= Gap.DASH or word.closes  # "[REC] 2"
    if not joined or not word.text.isdecimal() or not 1 <= int(word.text) <= _LAST_PART:
        return "", 0
    counts = _has_unit(words[1:]) or (word.gap == Gap.DASH and len(words) == 1)
    if not lead and (word.written == "one" or counts):
        return "", 0
    return word.text, lead + 1


def _spells(words: Sequence[Word], phrases: frozenset[tuple[str, ...]], size: int) -> bool:
    return len(words) == size and tuple(word.text for word in words) in phrases


def _has_unit(following: Sequence[Word]) -> bool:
    """Whether a number counts what follows it: "4 minute clip", "30초 예고"; "Rocky 3 - The Best" does not."""
    if not following or following[0].gap > Gap.GLUE:
        return False
    return any(_spells(following[:size], lexicon().unit, size) for size in (2, 1))
