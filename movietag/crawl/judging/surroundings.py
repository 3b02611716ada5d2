"""The words beside a name: which of them belong to no film's name, and which are unexplained.

A name that goes on with an unexplained word is the name of another film: "[Alien]: Romulus", "Wolf of [Wall Street]".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from movietag.crawl.judging.folding import Gap, Word
from movietag.crawl.judging.lexicon import Labelled, lexicon
from movietag.crawl.judging.names import Name
from movietag.crawl.judging.segments import ends_name, segments, unexplained

_ARTICLES: Final = frozenset({"the", "a", "an", "les", "la", "le", "der", "die", "das", "el"})
_OWNER_WORDS: Final = 3  # before a possessive: "Guillermo del Toro's"


@dataclass(frozen=True, slots=True)
class Strange:
    """Unexplained words beside a name, as they follow one another, and what separates them from it."""

    words: tuple[str, ...]
    gap: Gap
    before: bool = False

    @property
    def text(self) -> str:
        """The words, for people."""
        return " ".join(self.words)


def after(rest: Sequence[Labelled], first: Word, *, moments: bool = True) -> Strange | None:
    """The unexplained words after a name, whose first word is ``first``; ``rest`` is all that follows it.

    What a moment is about is explained by the word that ends it ("- Bank Robbery Scene"), unless ``moments``
    is off; then what follows a bar is one of these words, too.
    """
    parts = list(segments(rest))
    for at, segment in enumerate(parts):
        gap = segment[0][0].gap
        if gap == Gap.HARD and (moments or at):
            return None
        odd = [i for i in range(len(segment)) if unexplained(segment, i)]
        if not at:  # "기생충 Parasite", "Leviathan Левиафан"
            odd = [i for i in odd if not _translates(segment[i][0], first)]
        strange = odd[0] if odd else len(segment)
        ends = next((i for i, one in enumerate(segment) if ends_name(one)), len(segment))
        if ends < strange:
            return None
        if strange < ends:
            moment = moments and _is_moment(segment, parts[at + 1 : at + 2], named=first)
            return None if moment else Strange(_until_explained(segment[:ends]), gap)
        if gap == Gap.COLON and _is_subtitle(segment):
            return Strange(tuple(word.written for word, _ in segment), gap)
    return None


def before(rest: Sequence[Labelled], name: Name, first: Word) -> Strange | None:
    """The unexplained words before a name, whose first word is ``first``; ``rest`` is all that precedes it."""
    follower = first
    for segment in reversed(list(segments(rest))):
        gap, glued = follower.gap, follower.gap == Gap.GLUE
        quotation = segment[0][0].quoted and follower.quoted
        if gap == Gap.HARD or (not glued and (quotation or ends_name(segment[-1]))):
            return None  # "Bank Robbery Scene - Heat"
        at, strange = _last_telling(segment, name, first)
        if at is not None:
            words = tuple(one.written for one, _ in segment[at:])
            return Strange(words, gap, before=True) if strange else None
        if glued and _prefixes(segment[-1], name):
            return Strange((segment[-1][0].written,), gap, before=True)
        follower = segment[0][0]
    return None


def _prefixes(last: Labelled, name: Name) -> bool:
    """Whether an explained word before a name makes another one: "The [Heat]", "New [Moon]", "This Is [It]"."""
    _, label = last
    article = not name.has_article and len(name.bare) == 1 and ends_with_article([last])
    return article or (name.common and label is not None and label.group == "plain")


def ends_with_article(rest: Sequence[Labelled]) -> bool:
    """Whether the last word before a name is an article."""
    return bool(rest) and rest[-1][0].text in _ARTICLES


def _last_telling(segment: Sequence[Labelled], name: Name, first: Word) -> tuple[int | None, bool]:
    """The last word before a name that settles it, and whether it is unexplained.

    A word that ends other names and one that owns this one explain all that precedes them. A Latin name may follow
    itself in other letters: "버닝 Burning".
    """
    for at in range(len(segment) - 1, -1, -1):
        word, label = segment[at]
        credited = label is not None and label.group == "credit"  # "Call Me by [Your Name]"
        owner = word.possessive and _owns(segment, at, name)
        if owner or (ends_name(segment[at]) and not credited):
            return at, False
        if unexplained(segment, at) and not (first.latin and _translates(word, first)):
            return at, True
    return None, False


def _translates(word: Word, first: Word) -> bool:
    """Whether a word right behind a name is in other letters, as the name in another language is.

    Latin words behind a Japanese or Chinese name may be a subtitle ("ゴジラ FINAL WARS"), behind a Korean one not.
    """
    hangul = "\uac00" <= first.text <= "\ud7a3"
    return not word.latin if first.latin else hangul and word.text.isalpha() and word.latin


def _until_explained(segment: Sequence[Labelled]) -> tuple[str, ...]:
    """The words up to the last one that is unexplained: "in peru" of "in Peru Official HD"."""
    last = max(at for at in range(len(segment)) if unexplained(segment, at))
    return tuple(word.written for word, _ in segment[: last + 1])


def _is_subtitle(segment: Sequence[Labelled]) -> bool:
    """Whether explained words alone are a subtitle: "Men in Black: International"."""
    return all(label is not None and label.group in {"plain", "link"} for _, label in segment)


def _is_moment(
    segment: Sequence[Labelled], following: Sequence[list[Labelled]], *, named: Word
) -> bool:
    """Whether a segment describes a moment of the film: "- Lobby Shootout Scene", "hallway fight scene".

    Behind a name that begins with a capital, words in small letters describe: "Ben Hur chariot race scene".
    """
    dashed = segment[0][0].gap >= Gap.DASH
    small = [word.lower for word, label in segment if label is None]
    trailer = any(label and label.group == "kind" for _, label in segment)
    if dashed and all(small) and not named.lower and not trailer:
        return True  # "- freeway chase"
    moments = [label for _, label in segment if label and label.group == "moment"]
    if not moments:
        shown = [label for one in following for _, label in one]  # "- Royale with Cheese (scene)"
        return dashed and bool(shown) and all(one and one.group == "moment" for one in shown)
    words = [word for word, label in segment if label is not moments[-1]]
    return dashed or all(
        label is not None or (word.lower and not named.lower)
        for word, label in zip(words, lexicon().labels(words, moment=True), strict=True)
    )


def _owns(segment: Sequence[Labelled], at: int, name: Name) -> bool:
    """Whether a possessive is that of a maker: "Disney's", "Michael Mann's"; not "Assassin's [Creed]"."""
    word, label = segment[at]
    others = [one for one, meaning in segment[:at] if meaning is None]
    if label is not None or word.owner in lexicon().owners:
        return True
    return len(name.bare) > 1 if not others else len(others) <= _OWNER_WORDS
