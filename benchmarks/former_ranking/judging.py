"""Whether a video's title is about a movie: a score with reasons.

A whole-word phrase alone is right half of the time; a conflicting year is the strongest sign of another
film, then a word glued to the title ("Wolf of [Wall Street]", "[Alien] Romulus"). Fuzzy similarity
adds nothing to these and is not used.
"""

from __future__ import annotations

import re
from typing import Final

from benchmarks.former_ranking.folding import Word, fold, unspaced
from benchmarks.former_ranking.words import (
    BAD,
    CONTRACTIONS,
    KIND,
    LINKS,
    MOMENT,
    NEUTRAL,
    SEQUEL_LEADS,
    TALK,
)

_YEAR: Final = re.compile(r"(?:18[89]|19\d|20\d)\d")
_EPISODE: Final = re.compile(r"s\d{1,2}e\d{1,3}")
_DASH: Final = re.compile(r"\s*[-–—]\s*")  # noqa: RUF001  # all three are dashes
_ARTICLES: Final = ("the", "a", "an")

Part = tuple[float, str]  # points, and why
_Parts = list[Part]
_NOT_IN_IT: Final = (0.0, ("the title is not in it",))


class Judge:
    """Scores titles of videos against one movie."""

    def __init__(self, title: str, year: int | None) -> None:
        self.year = year
        self.words = tuple(word.text for word in fold(title))
        self.phrase = "".join(self.words)
        self.unspaced = unspaced(title)
        bare = self.words[1:] if self.words[:1] and self.words[0] in _ARTICLES else self.words
        short = "".join(bare)
        # "The Matrix" matches "Matrix", but "The Thing" does not match "thing".
        self.phrases = {self.phrase} | ({short} if len(short) >= 6 else set())
        self.ambiguous = (
            len(self.phrase) <= 3
            if self.unspaced
            else len(bare) <= 2 and len(short) <= 6 * len(bare)
        )

    def score(self, title: str, *, verified: bool) -> tuple[float, tuple[str, ...]]:
        """The score of a video's title, and the reasons in words."""
        words = fold(title)
        if not self.phrase:
            return 0.0, ("the movie's title has no letters or digits",)
        if self.unspaced:
            readings = self._unspaced_readings(words)
        else:
            readings = [
                (self._neighbours(words, begin, end), words[:begin] + words[end:])
                for begin, end in self._matches(words)
            ]
        if not readings:
            return _NOT_IN_IT
        parts, rest = max(readings, key=lambda reading: _sum(reading[0]))
        parts = parts + self._rest({word.text for word in rest}, rest)
        if verified:
            parts.append((0.5, "verified channel"))
        return round(_sum(parts), 2), tuple(f"{points:+g} {why}" for points, why in parts)

    def _rest(self, texts: set[str], rest: tuple[Word, ...]) -> _Parts:
        """The points for the words outside the movie's title: year, kind, bad words."""
        parts = self._year([int(word.text) for word in rest if _YEAR.fullmatch(word.text)])
        if kinds := self._kinds(texts):
            parts.append((1.0, f"kind: {kinds[0]}"))
        elif self.ambiguous and not any(points > 0 for points, _ in parts):
            parts.append((-2.0, "a short title with neither year nor kind"))
        own = set(self.words)
        if bad := sorted(texts & BAD - own) or sorted(filter(_EPISODE.fullmatch, texts)):
            parts.append((-4.0, f"word: {bad[0]}"))
        if talk := sorted(texts & TALK - own):
            parts.append((-1.0, f"talk: {talk[0]}"))
        return parts

    def _year(self, years: list[int]) -> _Parts:
        """The points for years; a year off by one is a premiere elsewhere."""
        if self.year is None or not years:
            return []
        if any(abs(year - self.year) <= 1 for year in years):
            return [(2.0, "year")]
        return [(-5.0, f"another year: {years[0]}")]

    def _kinds(self, texts: set[str]) -> list[str]:
        return sorted(  # "메인예고편" and "予告編映像" are one word each
            kind
            for kind in KIND
            if kind in texts or (unspaced(kind) and any(kind in text for text in texts))
        )

    # -- scripts with blanks between words

    def _matches(self, words: tuple[Word, ...]) -> list[tuple[int, int]]:
        """Runs of whole words that spell the phrase, however it is split ("Spider-Man")."""
        found = []
        for begin in range(len(words)):
            run = ""
            for end in range(begin, len(words)):
                run += words[end].text
                if run in self.phrases:
                    found.append((begin, end + 1))
                if len(run) >= len(self.phrase):
                    break
        return found

    def _neighbours(self, words: tuple[Word, ...], begin: int, end: int) -> _Parts:
        """The points for the words next to the phrase."""
        parts: _Parts = [(2.0, "title")]
        after = words[end:]
        if sequel := _sequel(after):
            parts.append((-4.0, f"another part: {sequel}"))
        else:
            parts += self._glued_after(after)
        if before := _glued_before(words[:begin], words[begin]):
            # "Saving Her (2013) trailer" has all else right.
            parts.append((-3.5 if self.ambiguous else -1.0, f"glued before: {before}"))
        return parts

    def _glued_after(self, after: tuple[Word, ...]) -> _Parts:
        """A word glued to the title's end, or a subtitle after a colon or dash."""
        if not after or _neutral(after[0]) or _YEAR.fullmatch(after[0].text):
            return []
        first, run = after[0], _glued_run(after)
        if first.text in SEQUEL_LEADS or (first.text in LINKS and not self.ambiguous):
            return []  # part one; "Inception in IMAX", but not "Up in the Air"
        dash = _DASH.fullmatch(first.before) is not None
        if not (first.glued or dash or ":" in first.before):
            return []
        moment = any(word.text in MOMENT for word in run)
        if dash and (moment or not any(word.text in KIND for word in run)):
            return []  # "Heat - Bank Robbery Scene", "Heat - Al Pacino"
        light = not self.ambiguous and (moment or dash)
        points = -3.5 if first.text in LINKS else -1.0 if light else -2.0
        return [(points, f"glued after: {first.text}")]

    # -- scripts without

    def _unspaced_readings(self, words: tuple[Word, ...]) -> list[tuple[_Parts, tuple[Word, ...]]]:
        """The phrase is searched by characters: particles may follow it, blanks may be within it."""
        text = " ".join(word.text for word in words)
        # One or two syllables occur in many words: they must begin one.
        start = r"(?<!\S)" if len(self.phrase) <= 2 else ""
        readings = []
        for found in re.finditer(start + r"\s*".join(map(re.escape, self.phrase)), text):
            parts: _Parts = [(2.0, "title")]
            sequel = re.match(r"\s*(?:파트)?\s*(\d{1,2})(?![\dkp초분])", text[found.end() :])
            if sequel and sequel[1] != "1":
                parts.append((-4.0, f"another part: {sequel[1]}"))
            readings.append((parts, fold(f"{text[: found.start()]} {text[found.end() :]}")))
        return readings


def _sequel(after: tuple[Word, ...]) -> str:
    """The number of another part right after the title ("Rocky IV", "Dune: Part Two")."""
    lead = bool(after) and after[0].text in SEQUEL_LEADS
    word = after[1] if lead and len(after) > 1 else after[0] if after else None
    if word is None or not re.fullmatch(r"[2-9]|1\d", word.text):
        return ""
    # "Heat | 4 minute clip" starts a new phrase; "Alien 3" and "Alien: 3" do not.
    return word.text if lead or re.fullmatch(r"\s*:?\s*", word.before) else ""


def _glued_before(before: tuple[Word, ...], first: Word) -> str:
    """A word glued to the title's start that does not usually precede it."""
    glued = first.glued
    for word in reversed(before):
        if not glued:
            return ""
        if word.text not in LINKS:
            owner = word.possessive and word.text not in CONTRACTIONS
            fine = _neutral(word) or owner or word.text.isdecimal()
            return "" if fine else word.text
        glued = word.glued
    return ""


def _glued_run(words: tuple[Word, ...]) -> list[Word]:
    """The first word and those after it with only blanks between."""
    run = list(words[:1])
    for word in words[1:]:
        if not word.glued:
            break
        run.append(word)
    return run


def _neutral(word: Word) -> bool:
    return word.text in NEUTRAL or word.text in TALK or word.text in BAD


def _sum(parts: _Parts) -> float:
    return sum(points for points, _ in parts)
