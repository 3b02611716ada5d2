"""What a film may be called: its title in all forms that lists and sites give it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from movietag.crawl.judging.folding import Word, fold
from movietag.crawl.judging.letters import spelt_out, unspaced
from movietag.crawl.judging.lexicon import lexicon

_ARTICLES: Final = ("the", "a", "an", "la", "le", "les", "l'", "der", "die", "das", "el", "los", "las", "il", "lo", "gli",
                    "i", "un", "une", "una", "den", "det", "de", "het", "o", "os", "as")  # fmt: skip
_INVERTED: Final = re.compile(rf"(.+), ({'|'.join(_ARTICLES)})", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"(.*\S)\s*\((?:a\.?k\.?a\.?\s+)?([^()]+)\)", re.IGNORECASE)
_CUT: Final = re.compile(r"\s*:\s+|\s+[-–—]\s+|,? or:? |\s+(?=the )", re.IGNORECASE)  # noqa: RUF001
_INNER_ARTICLE: Final = re.compile(r"((?:: | [-–—] |^))(?:the|an?) ", re.IGNORECASE)  # noqa: RUF001
_OR: Final = re.compile(r",?\s+or\W", re.IGNORECASE)
_DESCRIBES: Final = re.compile(r"an? .* (?:story|mystery|saga|tale|movie|film)", re.IGNORECASE)
_LINKED: Final = re.compile(
    r"((?:(?:the|an?) )?\S+(?: \S+)+?),? (?:and|by|but|of|in|from|who|that|\*) ", re.IGNORECASE
)
_TAIL: Final = 3  # words of a subtitle that may stand for the title
_MANY: Final = 6  # words of a title whose beginning may stand for it, with the year
_CUTS: Final = 4  # colons, dashes and so on at which a title is cut
_FORMS: Final = 32  # readings of one name that are tried
_PARTS: Final = range(2, 10)  # numbers that uploaders put before a subtitle: "Thor 3: Ragnarok"
_LONG: Final = 6  # letters that a name needs to stand without its article


@dataclass(frozen=True, slots=True)
class Name:
    """One name: the phrases that spell it, without blanks, and how these begin.

    ``short``: only part of the title, which needs the film's own year beside it. ``vague``: a number, a letter or
    a word that videos contain for many reasons ("Us"). ``spelling``: a small number stands only as it is written:
    "9" and "Nine" are two films.
    """

    text: str
    phrases: frozenset[str]
    beginnings: frozenset[str]
    words: tuple[str, ...]
    short: bool = False
    vague: bool = False
    spelling: str = ""

    @property
    def unspaced(self) -> bool:
        """Whether it is in a script without blanks between words."""
        return unspaced(self.text)

    @property
    def has_article(self) -> bool:
        """Whether it begins with an article."""
        return len(self.words) > 1 and self.words[0] in _ARTICLES

    @property
    def bare(self) -> tuple[str, ...]:
        """Its words without the article."""
        return self.words[1:] if self.has_article else self.words

    @property
    def common(self) -> bool:
        """Whether it is so short that much else is called so ("Up", "Heat")."""
        size = len("".join(self.bare))
        return size <= 3 if self.unspaced else len(self.bare) <= 2 and size <= 6 * len(self.bare)


@lru_cache(maxsize=64)  # films, each of which is judged against many videos
def names_of(title: str, also: tuple[str, ...] = ()) -> tuple[Name, ...]:
    """All names of a film: those of its title, and of other titles that it has.

    Args:
        title: as a list writes it: "Matrix, The", "Seven (a.k.a. Se7en)" and "Cité des enfants perdus, La" are
            read, too.
        also: titles in other languages, from a catalogue; each counts as the title does.
    """
    found: dict[tuple[frozenset[str], bool], Name] = {}
    for full in dict.fromkeys(name for one in (title, *also) for name in _titles(one)):
        for text, short in _variants(full):
            name = _name(text, short=short)
            if name.phrases and (name.phrases, False) not in found:
                found.setdefault((name.phrases, short), name)
    return tuple(found.values())


def _titles(title: str) -> Iterator[str]:
    """A title, and those in brackets at its end."""
    title = title.strip().replace("\u2019", "'")
    if inverted := _INVERTED.fullmatch(title):
        article = inverted[2]
        title = f"{article}{'' if article.endswith(chr(39)) else ' '}{inverted[1]}"
    bracketed = _IN_BRACKETS.fullmatch(title)
    if bracketed and not _OR.search(f"{bracketed[1]} "):
        labels = lexicon().labels(fold(bracketed[2]))
        if not all(one and one.group == "edition" for one in labels):  # "(Director's Cut)"
            yield from _titles(bracketed[2])
        yield from _titles(bracketed[1])
    elif title:
        yield title


def _variants(title: str) -> Iterator[tuple[str, bool]]:
    """The forms of a title, and whether each is only a part of it."""
    for text, short in (*_written(title), *_parts(title)):
        yield text, short
        words = fold(text)
        if len(words) > 1 and words[0].text in _ARTICLES:
            bare = text.split(maxsplit=1)[-1]
            weak = len(bare.replace(" ", "")) < _LONG or (text != title and len(words) <= _TAIL)
            yield bare, short or weak


def _written(title: str) -> Iterator[tuple[str, bool]]:
    """The whole title as it may be written, and without its maker."""
    yield title, False
    yield _INNER_ARTICLE.sub(r"\1", title), False
    words = fold(title)
    lead = [at for at in range(1, len(words) - 1) if _leads(words, at)]
    if lead:  # "Kill Bill: Vol. 1" is "Kill Bill 1"
        yield " ".join(word.text for at, word in enumerate(words) if at not in lead), False
    if len(words) > 1:
        yield f"{_initials(words)} {title}", False
    owner = next((at for at, word in enumerate(words[:3]) if word.possessive), None)
    if owner is not None and len(words) > owner + 2:
        yield " ".join(title.split()[owner + 1 :]), True


def _leads(words: Sequence[Word], at: int) -> bool:
    """Whether a word only leads a number: "Part" in "Part Two"."""
    part = lexicon().part
    return bool({(form,) for form in words[at].forms} & part) and words[at + 1].text.isdecimal()


def _parts(title: str) -> Iterator[tuple[str, bool]]:
    """What stands before and after a title's colons, dashes, "or" or apposition; the beginning of a long one."""
    cuts = list(_CUT.finditer(title))[:_CUTS]
    strong = [cut for cut in cuts if cut[0].strip()]
    for cut in strong or cuts:  # "Pirates of the Caribbean: ..." is cut at its colon only
        head, tail = title[: cut.start()], title[cut.end() :]
        words, rest = fold(head), fold(tail)
        last = lexicon().labels(words)[-1] if words else None
        if not words or not rest or (last is not None and last.group in {"link", "credit"}):
            continue
        complete = _OR.fullmatch(f"{cut[0].rstrip(': ')} ") or _DESCRIBES.fullmatch(tail)
        numbered = len(words) > 1 and words[-1].text.isdecimal() and int(words[-1].text) > 1
        yield head, not (complete or numbered)
        if strong and len(rest) >= 2 and not _leads(rest, 0):
            yield tail, len(rest) < _TAIL
        if strong and not _leads(rest, 0):
            yield from ((f"{series}: {tail}", False) for series in _series(head, words))
            yield f"{_initials(words)} {title}", False
        for later in strong:
            if later.start() > cut.end():  # "Star Wars: A New Hope" of "…: Episode IV - …"
                yield f"{head}: {title[later.end() :]}", False
    if len(title.split()) >= _MANY and (beginning := _LINKED.match(title)):
        yield beginning[1], True


def _series(head: str, words: Sequence[Word]) -> Iterator[str]:
    """What uploaders write for the name of a series before a subtitle: "LOTR", "Thor 3"."""
    initials = _initials(words)
    if len(initials) > 1:
        yield initials
    if not words[-1].text.isdecimal():
        yield from (f"{head} {number}" for number in _PARTS)


def _initials(words: Sequence[Word]) -> str:
    """The first letters of words without the article; numbers stay, of years the last two digits: "T2", "WW84"."""
    words = words[1:] if words[0].text in _ARTICLES else words
    return "".join(word.text[-2:] if word.text.isdecimal() else word.text[0] for word in words)


def _name(text: str, *, short: bool) -> Name:
    phrases: set[str] = set()
    for spelling in {text, spelt_out(text)}:
        forms = [word.forms for word in fold(spelling)]
        phrases |= {"".join(one) for one, _ in zip(product(*forms), range(_FORMS), strict=False)}
    words = fold(text)
    numeric = bool(words) and all(
        word.text.isdecimal() or (len(word.text) == 1 and not unspaced(word.text)) for word in words
    )
    small = len(words) == 1 and numeric and len(words[0].text) < 4
    vague = numeric or (len(words) == 1 and any(lexicon().labels(words)))
    return Name(
        text=text,
        phrases=frozenset(phrases - {""}),
        beginnings=frozenset(one[:size] for one in phrases for size in range(1, len(one) + 1)),
        words=tuple(word.text for word in words),
        short=short,
        vague=vague,
        spelling=words[0].written if small else "",
    )
