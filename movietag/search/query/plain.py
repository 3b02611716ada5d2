"""Plain words as queries: words of a title, tags and other words, words of captions. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from movietag.search.query.characters import CLOSING, straighten
from movietag.search.query.fields import HELP, OTHER_NAMES, TAG
from movietag.search.query.nodes import Node, Tag, Text, TitleWords, Year, both, either
from movietag.search.query.tags import TagNames
from movietag.search.query.words_around import MOVIES, SAID_AROUND
from movietag.search.query.years import with_decades, years_of
from movietag.vocabulary import words

MOST_PLAIN: Final = 300  # characters
MOST_PLAIN_WORDS: Final = 32
_FIELDS: Final = "|".join((*HELP, *OTHER_NAMES, TAG))
_QUERY: Final = re.compile(
    rf"[<>=|]|&&|(?:^|\s)[!~-](?=\w)|(?<!\w)(?:{_FIELDS}):(?=[\w\"'(\[{{*]|$)|^(?:{_FIELDS}):",
    re.IGNORECASE,
)
_GROUP: Final = re.compile(r"\((?!\s*\d{1,4}\s*\))[^)]*\)?")
_QUOTATION: Final = re.compile(r"""(?P<quote>["'])(?P<text>[^"'\\]+)(?P=quote)""")
_AROUND_WORDS: Final = "".join(CLOSING) + ".,;:!?()"
_FIELD: Final = re.compile(r"(?<!\S)[A-Za-z_]+:(?=[\w\"'])")
_JOINING: Final = frozenset({"and", "or", "not"})
_YEAR: Final = re.compile(
    r"[(\[]?(?P<year>(?:18[7-9]|19\d|20\d)(?:\d|0?'?s|0er|0ies)|'?\d0(?:'?s|er|ies))[)\]]?[,.]?",
    re.IGNORECASE,
)
_BOUND: Final[dict[str, Callable[[int], Year]]] = {
    "since": lambda year: Year(year, None),
    "until": lambda year: Year(None, year),
    "till": lambda year: Year(None, year),
    "before": lambda year: Year(None, year - 1),
    "after": lambda year: Year(year + 1, None),
}


@dataclass(frozen=True, slots=True)
class PlainReading:
    """One way to read plain words, and in words what it looks for."""

    node: Node
    meaning: str


@dataclass(frozen=True, slots=True)
class PlainWords:
    """A text of plain words.

    Attributes:
        text: the text.
        tags: the tags that it names.
        years: the years and decades that it names.
        rest: its other words; not those that people put around what they look for.
        joined: it has `and`, `or` or `not` as a word.
        wrapped: words around what is looked for are left out of ``rest``.
    """

    text: str
    tags: tuple[str, ...]
    years: tuple[tuple[str, Year], ...]
    rest: tuple[str, ...]
    joined: bool
    wrapped: bool = False

    @property
    def whole_title(self) -> PlainReading:
        """All of it as words of a title; a year may also be the movie's."""
        named = dict(self.years)
        parts = (part for part in self.text.split() if part not in named and words(part))
        others = " ".join(map(_bare, parts))
        if not self.years:
            return PlainReading(TitleWords(others), "words of the title")
        title = [TitleWords(others)] if words(others) else []
        years = (either(year, TitleWords(text)) for text, year in self.years)
        meaning = "words of the title, a year also the movie's" if title else "the year, or a title"
        return PlainReading(both(*title, *years), meaning)

    @property
    def tags_alone(self) -> Node | None:
        """The tags and years, if it has no other words of any kind and names a tag."""
        return self.alone if self.tags and not self.wrapped else None

    @property
    def alone(self) -> Node | None:
        """The tags and years, if nothing else is looked for: `90s horror`, `movies from 1990`."""
        named = self.tags or (self.years and self.wrapped)
        if not named or self.rest or self.joined or len(self.years) > 1:
            return None
        return both(*map(Tag, self.tags), *(year for _, year in self.years))

    @property
    def is_query(self) -> bool:
        """Whether it has what queries have: joined conditions on tags, something negated, or a field."""
        joined = self.joined and (bool(self.tags) or "not" in self.text.casefold().split())
        return joined or _FIELD.search(self.text) is not None

    def others(self) -> Iterator[PlainReading]:
        """The other readings, the likeliest first."""
        tags = [Tag(tag) for tag in self.tags]
        years = [either(*(year for _, year in self.years))] if self.years else []
        named = dict(self.years)
        if not self.rest and (tags or (years and self.wrapped)):
            looked_for = [*(["the tags"] if tags else []), *(["the year"] if years else [])]
            yield PlainReading(both(*tags, *years), " and ".join(looked_for))
        elif tags or (self.rest and self.wrapped):
            also = "the tag, and " if tags else "the year, and " if years else ""
            title = TitleWords(" ".join(self.rest))
            yield PlainReading(both(*tags, title, *years), f"{also}words of the title")
            captions = both(*tags, *_texts(self.rest), *years)
            yield PlainReading(captions, f"{also}words of captions")
        if self.rest == (self.text,):
            yield PlainReading(Text(_bare(self.text)), "words of captions")
            return
        said = self._captions(named)
        yield PlainReading(
            both(said, *years) if said else both(*_texts(named)), "words of captions"
        )

    def _captions(self, named: Collection[str]) -> Node | None:
        """The words in captions, but for the years ``named``: any of those that `or` joins; None without words."""
        left_out = _JOINING | (SAID_AROUND | _BOUND.keys() if self.wrapped else frozenset())
        said = [part for part in self.text.split() if part not in named and words(part)]
        joined = [part.casefold() for part in said if part.casefold() in _JOINING]
        if set(joined) == {"or"}:
            groups = [
                [part for part in group if part.casefold() not in left_out]
                for group in _split(said)
            ]
            return (
                either(*(both(*_texts(group)) for group in groups if group))
                if any(groups)
                else None
            )
        said = [part for part in said if part.casefold() not in left_out] or said
        return both(*_texts(said)) if said else None


def plain_words(query: str, names: TagNames) -> PlainWords | None:
    """The query as plain words; None if it looks like a query, or has no words."""
    text = " ".join(query.split())
    if len(text) > MOST_PLAIN or not 0 < len(words(text)) <= MOST_PLAIN_WORDS:
        return None
    straight = straighten(text).text
    if quotation := _QUOTATION.fullmatch(straight):
        return PlainWords(quotation["text"], (), (), (quotation["text"],), joined=False)
    if _QUERY.search(straight) or any(
        _is_group(found[0], names) for found in _GROUP.finditer(straight)
    ):
        return None
    parts = text.split()
    tags: list[str] = []
    years: list[tuple[str, Year]] = []
    rest: list[str] = []
    while parts:
        if begun := names.begins([_bare(part) for part in parts]):
            tags.append(begun[0])
            parts = parts[begun[1] :]
            continue
        part = parts.pop(0)
        bound = _BOUND.get(part.casefold()) if parts and re.fullmatch(r"\d{4}", parts[0]) else None
        if bound:
            years.append((parts[0], bound(int(parts.pop(0)))))
        elif found := _YEAR.fullmatch(with_decades(part)):
            years.append((part, years_of(found["year"])))
        elif words(part) and part.casefold() not in _JOINING:
            rest.append(part)
    joined = any(part.casefold() in _JOINING for part in text.split())
    found_in = [part for part in rest if _bare(part).casefold() not in SAID_AROUND]
    anchored = bool(tags or years) or (bool(found_in) and any(map(_is_movies, rest)))
    wrapped = anchored and len(found_in) < len(rest)
    if wrapped:
        rest = found_in
    return PlainWords(text, tuple(dict.fromkeys(tags)), tuple(years), tuple(rest), joined, wrapped)


def _is_movies(part: str) -> bool:
    return _bare(part).casefold() in MOVIES


def _is_group(group: str, names: TagNames) -> bool:
    """Whether what is in parentheses is part of a query: a tag, or conditions joined by and, or, not."""
    inside = group.strip("()").split()
    joined = any(part.casefold() in _JOINING for part in inside)
    return joined or any(names.find(part) is not None for part in inside)


def _split(parts: Iterable[str]) -> Iterator[list[str]]:
    """The words between `or` and `or`."""
    for is_or, group in groupby(parts, key=lambda part: part.casefold() == "or"):
        if not is_or:
            yield list(group)


def _bare(part: str) -> str:
    return part.strip(_AROUND_WORDS)


def _texts(parts: Iterable[str]) -> Iterator[Text]:
    return (Text(part) for part in dict.fromkeys(map(_bare, parts)))
