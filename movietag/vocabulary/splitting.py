"""A text as the words in which tags are matched, in any script and spelling.

``_``, camel case and hashtags separate words; marks belong to their letters; scripts without spaces are cut at the
words that a vocabulary knows (``movietag.vocabulary.scripts``). Tags and captions are split by the same functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from movietag.vocabulary import scripts

_WORD: Final = re.compile(r"[^\W_]")
_ASCII: Final = {
    code: chr(code).lower() if _WORD.fullmatch(chr(code)) else " " for code in range(128)
}
_TYPOGRAPHY: Final = tuple(
    zip("\u2018\u2019\u201c\u201d\u2010\u2011\u2013\u2014\u2022\u00a0", "''\"\"----* ", strict=True)
)
_JOINED: Final = "(?<=#)|(?<=[a-z].)|(?=[A-Z][a-z]{2})"  # behind one of [A-Z#]


class Token(NamedTuple):
    """A word of a text, and where it is in the text as ``Splitter.tokens`` returns it."""

    word: str
    start: int
    end: int


class Splitter:
    """Splits captions for a vocabulary.

    Args:
        forms: the words of each of its forms.
    """

    def __init__(self, forms: Iterable[tuple[str, ...]] = ()) -> None:
        listed = list(forms)
        self._known = frozenset(word for form in listed for word in form)
        self._compact = {"".join(form): form for form in listed if len(form) > 1}
        self._unspaced = _by_first(word for word in self._known if not word.isascii())
        self._dotless = any("\u0131" in word for word in self._known)
        joined = f"{_JOINED}|(?<=I)" if self._dotless else _JOINED
        self._is_joined: Callable[[str], object] = re.compile(f"[A-Z#](?:{joined})").search

    def __call__(self, text: str) -> list[str]:
        """The words."""
        plain = text if text.isascii() else _plain_marks(text)
        if plain.isascii() and not self._is_joined(plain):
            return plain.translate(_ASCII).split()
        return [token.word for token in self.tokens(text)[1]]

    def tokens(self, text: str) -> tuple[str, list[Token]]:
        """The text as it is compared, but in its own case, and its words with their positions in it."""
        plain = unicodedata.normalize("NFKC", _plain_marks(text))
        plain = plain.translate(scripts.SAME_LETTERS)
        return plain, [
            token for found in _runs().finditer(plain) for token in self._split(plain, found)
        ]

    def _split(self, text: str, found: re.Match[str]) -> Iterator[Token]:
        run, start = found[0], found.start()
        match found.lastgroup:
            case "katakana":
                parts = self._filled(run, frozenset(("",))) or [run]
            case "hangul":
                parts = self._filled(run, scripts.PARTICLES | {""}) or [run]
            case "other":
                yield from self._spaced(text, run, start)
                return
            case _:
                parts = self._cut(run)
        for part in parts:
            yield Token(part, start, start + len(part))
            start += len(part)

    def _spaced(self, text: str, run: str, start: int) -> Iterator[Token]:
        if text[start - 1 : start] == "#" and (form := self._compact.get(_folded(run))):
            yield from (Token(word, start, start + len(run)) for word in form)
            return
        whole = self._resolved(run)
        parts = [(0, len(run))] if whole in self._known else camel_parts(run)
        for begin, end in parts:
            yield Token(self._resolved(run[begin:end]), start + begin, start + end)

    def _resolved(self, word: str) -> str:
        """The word folded; the known one that is meant, where a letter or a prefix hides it."""
        folded = _folded(word)
        if folded in self._known or not self._known:
            return folded
        if self._dotless and "I" in word:
            turkish = _folded(word.replace("I", "\u0131"))
            return turkish if turkish in self._known else folded
        if "\u0590" <= folded[:1] <= "\u06ff":
            return scripts.without_prefix(folded, self._known) or folded
        return folded

    def _filled(self, run: str, endings: frozenset[str]) -> list[str] | None:
        """Known words that fill the run up to one of the endings; None if none do."""
        if run in self._known:
            return [run]
        ways: dict[int, list[str]] = {0: []}  # how the run is filled up to here
        for at in range(len(run)):
            if at not in ways:
                continue
            if at and run[at:] in endings:
                return [*ways[at], run[at:]]
            for word in self._unspaced.get(run[at], ()):
                if run.startswith(word, at):
                    ways.setdefault(at + len(word), [*ways[at], word])
        return ways.get(len(run))

    def _cut(self, run: str) -> list[str]:
        """The run cut at the known words in it, from the left, the longest first."""
        parts, free, at = [], 0, 0
        while at < len(run):
            word = next(
                (one for one in self._unspaced.get(run[at], ()) if _stands_in(run, one, at)), ""
            )
            if word:
                parts += [run[free:at], word]
                free = at + len(word)
            at += len(word) or 1
        return [part for part in (*parts, run[free:]) if part]


def form_words(form: str) -> tuple[str, ...]:
    """The words of a tag or alias."""
    return tuple(_PLAIN(form))


def camel_parts(word: str) -> list[tuple[int, int]]:
    """Where the words of ``camelCase`` and ``HTMLText`` begin and end; one of a word in one case."""
    if word.islower() or word.isupper() or word[1:].islower():
        return [(0, len(word))]
    edges = [
        at
        for at in range(1, len(word))
        if word[at].isupper() and (word[at - 1].islower() or _begins_word(word, at))
    ]
    return list(zip([0, *edges], [*edges, len(word)], strict=True))


def _begins_word(word: str, at: int) -> bool:
    """Whether a capital behind a capital begins a word: two small letters follow."""
    after = word[at + 1 : at + 3]
    return word[at - 1].isupper() and len(after) > 1 and after.isalpha() and after.islower()


def _plain_marks(text: str) -> str:
    """Typographic quotes, hyphens and spaces as those of ASCII, which most captions then are."""
    for mark, plain in _TYPOGRAPHY:
        text = text.replace(mark, plain)
    return text


def _folded(text: str) -> str:
    """In one case; the Turkish dotted capital is an i."""
    return text.casefold().replace("i\u0307", "i")


def _by_first(words: Iterable[str]) -> dict[str, list[str]]:
    """First letter -> words, the longest first."""
    found: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda one: (-len(one), one)):
        found.setdefault(word[0], []).append(word)
    return found


def _stands_in(run: str, word: str, at: int) -> bool:
    end = at + len(word)
    if not run.startswith(word, at) or scripts.breaks_a_letter(run, at, end):
        return False
    if len(word) >= scripts.SHORTEST_HIRAGANA or not _HIRAGANA.fullmatch(word):
        return True
    return not (_HIRAGANA.match(run[end:]) or _HIRAGANA.match(run[at - 1 : at]))


_HIRAGANA: Final = re.compile(f"[{scripts.HIRAGANA}{scripts.LONG_VOWEL}]+")


@lru_cache(maxsize=1)
def _runs() -> re.Pattern[str]:
    """A run of letters, digits and marks of one script; scripts with spaces are all one."""
    long = scripts.LONG_VOWEL
    han = scripts.HAN + scripts.HIRAGANA
    unspaced = han + scripts.KATAKANA + scripts.HANGUL + scripts.THAI + long
    return re.compile(
        f"(?P<katakana>[{scripts.KATAKANA}][{scripts.KATAKANA}{long}]*)"
        f"|(?P<hangul>[{scripts.HANGUL}]+)|(?P<han>[{han}][{han}{long}]*)|(?P<thai>[{scripts.THAI}]+)"
        rf"|(?P<other>[^\W_{unspaced}](?:[^\W_{unspaced}]|[{scripts.marks()}])*)"
    )


_PLAIN: Final = Splitter()
