"""What should happen with a text in the search box, as a table says it in English, and whether it did. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import fuzz

from movietag.search.query import Node, QueryError, parse
from movietag.search.query.nodes import (
    And,
    Field,
    Leaf,
    Not,
    Or,
    Tag,
    Text,
    TitleWords,
    Year,
    leaves,
)
from movietag.search.query.tags import TagNames
from movietag.search.results import QueryReading
from movietag.vocabulary import words

FAR: Final = 70.0  # of 100, by rapidfuzz's ratio: what is less alike is far


@dataclass(frozen=True, slots=True)
class CameBack:
    """What came of a text: a query and how it was read, or an error; and the titles of the movies that match."""

    text: str
    names: TagNames
    node: Node | None = None
    reading: QueryReading | None = None
    error: QueryError | None = None
    titles: tuple[str, ...] = field(default=())

    @property
    def said(self) -> list[Leaf]:
        """The conditions of the query."""
        return [] if self.node is None else list(leaves(self.node))

    def tags(self) -> list[str]:
        """The tags that are asked for."""
        return [leaf.tag for leaf in self.said if isinstance(leaf, Tag)]

    def others(self) -> list[Leaf]:
        """The conditions of the other readings."""
        queries = [other.query for other in self.reading.others] if self.reading else []
        return [leaf for query in queries for leaf in leaves(parse(query, self.names))]

    def valid_advice(self) -> list[Node]:
        """The queries of an error's advice, as nodes.

        Raises:
            QueryError: one of them is invalid.
        """
        return [parse(query, self.names) for query in self.error.advice] if self.error else []


Wish = Callable[[CameBack, re.Match[str]], bool]


def fulfilled(expected: str, came: CameBack) -> bool | None:
    """Whether one of the things that should happen did; None if none of them is understood."""
    text, *limits = (part.strip() for part in expected.split(";"))
    verdicts = [_verdict(way, came) for way in _alternatives(text)]
    known = [verdict for verdict in verdicts if verdict is not None]
    if not known:
        return None
    return any(known) and all(_limit(limit, came) for limit in limits)


def _alternatives(text: str) -> Iterator[str]:
    if re.match(r"a hint that works:", text):
        yield text
    else:
        yield from re.split(r",\s+or\s+", text)


def _verdict(way: str, came: CameBack) -> bool | None:
    told, noted, _ = way.partition(", with a note")
    told = re.sub(r",?\s+and nothing far$", "", told.strip())
    for pattern, wish in _WISHES:
        if found := re.fullmatch(pattern, told, re.IGNORECASE):
            held = wish(came, found) and (not noted or came.reading is not None)
            return held and ("nothing far" not in way or _nothing_far(came))
    return None


def _limit(limit: str, came: CameBack) -> bool:
    """`no tags that only look alike`, `never tags such as murder`."""
    offered = _offered(came)
    if such := re.search(r"tags? such as (?P<tags>.+?)(?: offered| first)?$", limit):
        return not {tag.strip() for tag in such["tags"].split(" or ")} & {*offered, *came.tags()}
    return _nothing_far(came)


def _offered(came: CameBack) -> list[str]:
    return list(came.error.near if came.error else came.reading.near if came.reading else ())


def _nothing_far(came: CameBack) -> bool:
    typed = came.error.unknown if came.error else came.text
    return all(fuzz.ratio(typed, tag) >= FAR or tag.startswith(typed) for tag in _offered(came))


def _hint(came: CameBack, found: re.Match[str]) -> bool:
    if came.error is None or not came.error.advice:
        return False
    try:
        advised = came.valid_advice()
        return not found["query"] or parse(found["query"], came.names) in advised
    except QueryError:
        return False


def _error_naming(came: CameBack, found: re.Match[str]) -> bool:
    if came.error is None:
        return False
    marks = {"range": ("0%", "100%"), "open quote": ("never closed",)}
    wanted = marks.get(found["what"], (found["what"].split()[-1],))
    return all(mark in came.error.problem for mark in wanted)


def _error_offering(came: CameBack, found: re.Match[str]) -> bool:
    return came.error is not None and found["tag"] in came.error.near


def _one_tag(came: CameBack, found: re.Match[str]) -> bool:
    return came.node == Tag(found["tag"])


def _many_tags(came: CameBack, found: re.Match[str]) -> bool:
    joined = Or if found["joint"].casefold() == "either" else And
    return isinstance(came.node, joined) and len(came.tags()) > 1


def _both(came: CameBack, _: re.Match[str]) -> bool:
    return isinstance(came.node, And) and len(came.said) > 1


def _without(came: CameBack, found: re.Match[str]) -> bool:
    excluded = Not(Tag(found["without"]))
    return came.node == (And((Tag(found["tag"]), excluded)) if found["tag"] else excluded)


def _ratio(came: CameBack, found: re.Match[str]) -> bool:
    signs = {
        "at least": ">=",
        "at most": "<=",
        "more than": ">",
        "above": ">",
        "below": "<",
        "less than": "<",
    }
    match came.node:
        case Tag(_, sign, ratio):
            return sign == signs[found["how"].casefold()] and ratio == float(found["percent"]) / 100
    return False


def _years(came: CameBack, found: re.Match[str]) -> bool:
    named = [int(year) for year in re.findall(r"\d{4}", _digits(came.text))]
    wanted = {
        "that year": lambda: Year(named[0], named[0]),
        "those years": lambda: Year(min(named), max(named)),
    }
    return came.node == wanted[found[0].casefold()]()


def _digits(text: str) -> str:
    return re.sub(r"\d", lambda digit: str(int(digit[0])), text)


def _span(came: CameBack, found: re.Match[str]) -> bool:
    ends = [found.groupdict().get(name) for name in ("first", "last")]
    return came.node == Year(*(None if end is None else int(end) for end in ends))


def _either_year(came: CameBack, _: re.Match[str]) -> bool:
    return isinstance(came.node, Or) and all(isinstance(leaf, Year) for leaf in came.said)


def _titles(came: CameBack, _: re.Match[str]) -> bool:
    """The film of the row is among what is found, by words of its title."""
    return (
        any(isinstance(leaf, TitleWords) for leaf in came.said)
        and film_title(came.text) in came.titles
    )


def _year_or_titles(came: CameBack, _: re.Match[str]) -> bool:
    kinds = {type(leaf) for leaf in (*came.said, *came.others())}
    return came.error is None and {Year, TitleWords} <= kinds


def _titles_then_captions(came: CameBack, found: re.Match[str]) -> bool:
    other = came.others()
    return _titles(came, found) and any(isinstance(leaf, Text) for leaf in other)


def _mixed(came: CameBack, found: re.Match[str]) -> bool:
    rest = [leaf for leaf in came.said if isinstance(leaf, Text | TitleWords)]
    return (
        isinstance(came.node, And)
        and came.tags() == [found["tag"]]
        and [words(leaf.words) for leaf in rest] == [words(found["rest"])]
    )


def _whole(came: CameBack, found: re.Match[str]) -> bool:
    return came.node == TitleWords(found["title"])


def _in_captions(came: CameBack, found: re.Match[str]) -> bool:
    wanted = TitleWords if found["where"] == "titles" else Text
    joined = {"either": Or, "both": And, "that": wanted, "a": Or}[found["joint"].casefold()]
    return isinstance(came.node, joined) and all(isinstance(leaf, wanted) for leaf in came.said)


def _not_in_captions(came: CameBack, _: re.Match[str]) -> bool:
    return isinstance(came.node, Not) and all(isinstance(leaf, Text) for leaf in came.said)


def _that_title(came: CameBack, _: re.Match[str]) -> bool:
    return isinstance(came.node, TitleWords) and film_title(came.node.words) in came.titles


def _title_or_words(came: CameBack, _: re.Match[str]) -> bool:
    error = came.error is not None and "closed" in came.error.problem
    return not error and any(
        isinstance(leaf, Text | TitleWords) for leaf in (*came.said, *came.others())
    )


def _source(came: CameBack, _: re.Match[str]) -> bool:
    return any(isinstance(leaf, Field) and leaf.name in {"source", "site"} for leaf in came.said)


def film_title(text: str) -> str:
    """The title of the film that plain words name: without quotes around them and without a year at the end."""
    bare = re.sub(r"\s*\(?(?:18|19|20)\d\d\)?$", "", text.strip().strip('"“”'))
    return (bare or text).title()


def _as_query(came: CameBack, found: re.Match[str]) -> bool:
    """The query is that one, whatever the order of its conditions."""
    wanted = parse(found["query"], came.names)
    return came.node == wanted or (
        isinstance(came.node, And)
        and isinstance(wanted, And)
        and set(came.node.parts) == set(wanted.parts)
    )


def _word_of_years(came: CameBack, found: re.Match[str]) -> bool:
    """Words in titles or captions, and the years, if any are named."""
    rest = [leaf for leaf in came.said if isinstance(leaf, Text | TitleWords)]
    years = [leaf for leaf in came.said if isinstance(leaf, Year)]
    first = int(found["year"]) if found["year"] else None
    last = first + 9 if first and found["decade"] else first
    return (
        bool(came.titles)
        and [words(leaf.words) for leaf in rest] == [words(found["rest"])]
        and years == ([Year(first, last)] if first else [])
        and not came.tags()
    )


def _joined_tags(came: CameBack, found: re.Match[str]) -> bool:
    joined = Or if found["joint"] else And
    return isinstance(came.node, joined) and len(came.tags()) > 1


_TAG: Final = r"[\w' -]+?"
_WISHES: Final[tuple[tuple[str, Wish], ...]] = (
    (r"(?:a|an error with a) hint that works(?::\s*(?P<query>.+))?", _hint),
    (r"an error that names (?:the |a |an )?(?P<what>.+?)", _error_naming),
    (rf"an error that offers (?P<tag>{_TAG})", _error_offering),
    (r"as `(?P<query>.+)`", _as_query),
    (
        r"(?:year (?P<year>\d{4})(?P<decade>s)? and )?title or text (?P<rest>\w+)",
        _word_of_years,
    ),
    (rf"tag (?P<tag>{_TAG}) and (?:title or text|title|text|titles or captions) (?P<rest>.+)", _mixed),
    (r"titles? [`'\"](?P<title>.+)[`'\"]", _whole),
    (rf"tag (?P<tag>{_TAG})", _one_tag),
    (r"(?P<joint>either) tag|(?P<also>both) tags", _joined_tags),
    (r"both", _both),
    (rf"(?:(?:tag )?(?P<tag>{_TAG}) and )?not (?P<without>{_TAG})(?<!captions)(?<!titles)", _without),
    (r"(?P<how>at least|at most|more than|less than|above|below) (?P<percent>[\d.]+)\s*%", _ratio),
    (r"that year|those years", _years),
    (r"either year", _either_year),
    (r"from (?P<first>\d{4})(?: on)?", _span),
    (r"(?:up to|until) (?P<last>\d{4})", _span),
    (r"(?P<first>\d{4}) to (?P<last>\d{4})", _span),
    (r"titles?, then captions", _titles_then_captions),
    (r"movies of .+? or titles? with .+", _year_or_titles),
    (r"titles? with .+", _titles),
    (r"(?P<joint>either|both|that) words? in (?P<where>captions|titles)", _in_captions),
    (r"(?P<joint>a) group in (?P<where>captions|titles)", _in_captions),
    (r"not both words in captions", _not_in_captions),
    (r"that title", _that_title),
    (r"a title or words(?:, no error about .+)?", _title_or_words),
    (r"movies with such a source", _source),
)  # fmt: skip
