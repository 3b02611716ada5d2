"""Plain words as queries: words of a title, tags and other words, words of captions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from movietag.search.query.characters import CLOSING, straighten
from movietag.search.query.fields import HELP, OTHER_NAMES, TAG
from movietag.search.query.nodes import Node, Tag, Text, TitleWords, Year, both, either
from movietag.search.query.tags import TagNames
from movietag.search.query.years import years_of
from movietag.vocabulary import words

MOST_PLAIN: Final = 300  # characters
MOST_PLAIN_WORDS: Final = 32
_FIELDS: Final = "|".join((*HELP, *OTHER_NAMES, TAG))
_QUERY: Final = re.compile(
    rf"[<>=|]|&&|(?:^|\s)[!~-](?=\w)|(?<!\w)(?:{_FIELDS}):(?=[\w\"'(])", re.IGNORECASE
)
_GROUP: Final = re.compile(r"\((?!\s*\d{1,4}\s*\))[^)]*\)?")
_QUOTATION: Final = re.compile(r"""(?P<quote>["'])(?P<text>[^"'\\]+)(?P=quote)""")
_AROUND_WORDS: Final = "".join(CLOSING) + ".,;:!?()"
_FIELD: Final = re.compile(r"(?<!\S)[A-Za-z_]+:(?=[\w\"'])")
_JOINING: Final = frozenset({"and", "or", "not"})
_YEAR: Final = re.compile(
    r"\(?(?P<year>(?:18[7-9]|19\d|20\d)(?:\d|0?'?s)|'\d0s)\)?[,.]?", re.IGNORECASE
)


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
        rest: its other words.
        joined: it has `and`, `or` or `not` as a word.
    """

    text: str
    tags: tuple[str, ...]
    years: tuple[tuple[str, Year], ...]
    rest: tuple[str, ...]
    joined: bool

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
        """The tags and years, if it has no other words and names a tag."""
        if not self.tags or self.rest or self.joined:
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
        years = [year for _, year in self.years]
        named = dict(self.years)
        if tags and not self.rest:
            yield PlainReading(both(*tags, *years), "the tags" + (" and the year" if years else ""))
        if tags and self.rest:
            title = TitleWords(" ".join(self.rest))
            yield PlainReading(both(*tags, title, *years), "the tag, and words of the title")
            yield PlainReading(
                both(*tags, *_texts(self.rest), *years), "the tag, and words of captions"
            )
        if self.rest == (self.text,):
            yield PlainReading(Text(_bare(self.text)), "words of captions")
            return
        said = [part for part in self.text.split() if part not in named and words(part)]
        said = [part for part in said if part.casefold() not in _JOINING] or said
        if said:
            yield PlainReading(both(*_texts(said), *years), "words of captions")
        else:
            yield PlainReading(both(*_texts(named)), "words of captions")


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
        if found := _YEAR.fullmatch(part):
            years.append((part, years_of(found["year"])))
        elif words(part) and part.casefold() not in _JOINING:
            rest.append(part)
    joined = any(part.casefold() in _JOINING for part in text.split())
    return PlainWords(text, tuple(dict.fromkeys(tags)), tuple(years), tuple(rest), joined)


def _is_group(group: str, names: TagNames) -> bool:
    """Whether what is in parentheses is part of a query: a tag, or conditions joined by and, or, not."""
    inside = group.strip("()").split()
    joined = any(part.casefold() in _JOINING for part in inside)
    return joined or any(names.find(part) is not None for part in inside)


def _bare(part: str) -> str:
    return part.strip(_AROUND_WORDS)


def _texts(parts: Iterable[str]) -> Iterator[Text]:
    return (Text(part) for part in dict.fromkeys(map(_bare, parts)))
