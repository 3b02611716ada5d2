"""Whether a word is spelled nearly like another: what somebody may have meant, and nothing that only looks alike. Pure."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import OSA

LEAST_PREFIX: Final = 3  # letters typed of a longer word
_SHARED_PREFIX: Final = 5  # letters that two forms of one word share at their beginning, at least
_SHARED_PART: Final = 0.6  # of the longer one
_FEW, _SEVERAL = 6, 10  # letters of a word in which one slip, or two, are likely


def slips_between(typed: str, known: str) -> int | None:
    """How far a text is from a known one, compared letter by letter: 0 the same, None if it is another word.

    Up to one slip (a letter too many, too few, wrong, or two exchanged) in six letters, two in ten, else three; the
    first letter is rarely wrong. The beginning of the known text counts as one slip, another form of the same word
    (romance, romantic) as three.
    """
    if typed == known:
        return 0
    if not typed or not known:
        return None
    letters = min(len(typed), len(known))
    most = 1 if letters <= _FEW else 2 if letters <= _SEVERAL else 3
    slips = int(OSA.distance(typed, known, score_cutoff=most))
    if slips <= most and letters > 2 and (typed[0] == known[0] or _first_is_slip(typed, known)):
        return slips
    if len(typed) >= LEAST_PREFIX and known.startswith(typed):
        return 1
    shared = next(
        (n for n, (a, b) in enumerate(zip(typed, known, strict=False)) if a != b), letters
    )
    if shared >= _SHARED_PREFIX and shared >= _SHARED_PART * max(len(typed), len(known)):
        return 3
    return None


def _first_is_slip(typed: str, known: str) -> bool:
    """Whether only the first letter is wrong, missing, doubled or exchanged with the second, in a word of some length."""
    exchanged = typed[:2] == known[1::-1]
    return exchanged or (min(len(typed), len(known)) > _FEW and OSA.distance(typed, known) == 1)
