"""What the words in names of videos mean: movietag/crawl/judging/words.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from movietag.crawl.judging.folding import Word, fold

# In this order they win where two phrases of one length begin at a word.
REFUSED: Final = ("parody", "music", "game", "talk", "fan")
SHOWS: Final = ("kind", "moment")
_LABELS: Final = (*REFUSED, *SHOWS, "credit", "edition", "film", "studio", "plain", "link")


@dataclass(frozen=True, slots=True)
class Label:
    """The meaning of a word: its group in the file, and the phrase that it belongs to."""

    group: str
    phrase: str
    words: tuple[str, ...]


Labelled = tuple[Word, Label | None]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The file, folded."""

    phrases: dict[tuple[str, ...], Label]
    about: dict[tuple[str, ...], Label]  # these, and what moments are about
    moments: frozenset[tuple[str, ...]]  # what moments are about, alone
    owners: frozenset[str]
    part: frozenset[tuple[str, ...]]
    unit: frozenset[tuple[str, ...]]
    longest: int  # words of the longest phrase

    def labels(self, words: Sequence[Word], *, moment: bool = False) -> list[Label | None]:
        """For each word its meaning, by the longest phrase that it is in; None if it has none.

        With ``moment``, what moments are about has a meaning, too.
        """
        phrases = self.about if moment else self.phrases
        texts = tuple(word.text for word in words)
        owners = tuple(word.owner for word in words)
        found: list[Label | None] = []
        while len(found) < len(texts):
            at = len(found)
            for end in range(min(len(texts), at + self.longest), at, -1):
                label = phrases.get(texts[at:end]) or phrases.get(owners[at:end])
                if label and not (words[at].joined and _blank_within(words[at + 1 : end])):
                    found += [label] * (end - at)
                    break
            else:
                found.append(None)
        return found


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    text = resources.files("movietag.crawl.judging").joinpath("words.toml").read_text("utf-8")
    groups = {
        group: [
            tuple(word.text for word in fold(phrase))
            for line in lines.values()
            for phrase in line.split(",")
            if phrase.strip()
        ]
        for group, lines in tomllib.loads(text).items()
    }
    phrases = {
        phrase: Label(group, _spelt(phrase), phrase)
        for group in reversed(_LABELS)
        for phrase in groups[group]
    }
    return Lexicon(
        phrases=phrases,
        about={phrase: Label("about", _spelt(phrase), phrase) for phrase in groups["about"]}
        | phrases,
        moments=frozenset(groups["about"]),
        owners=frozenset(phrase[-1] for phrase in groups["owner"]),
        part=frozenset(groups["part"]),
        unit=frozenset(groups["unit"]),
        longest=max(map(len, phrases)),
    )


def _blank_within(words: Sequence[Word]) -> bool:
    """Whether a phrase that begins within a word goes on in the next: "장도[리 액션]"."""
    return not all(word.joined for word in words)


def _spelt(phrase: Sequence[str]) -> str:
    """A phrase for people: characters of scripts without blanks stand together."""
    return ("" if all(len(word) == 1 for word in phrase) else " ").join(phrase)
