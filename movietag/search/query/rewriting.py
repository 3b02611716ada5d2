"""Rewrites conditions as people write them into those of the language: `30%<horror` into `horror>30%`. Pure.

A rule only rewrites what names a tag of the vocabulary or a year, so that it cannot change what a query means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from movietag.search.query.fields import HELP, OTHER_NAMES, TAG_FIELDS, Kind, known_field
from movietag.search.query.masking import HIDDEN, MaskedQuery
from movietag.search.query.nodes import render
from movietag.search.query.ratios import RATIO, SURE_RATIO, percent_of, with_digits
from movietag.search.query.tags import TagNames
from movietag.search.query.tidying import tidied, with_joints
from movietag.search.query.unknown import NOT_COUNTED
from movietag.search.query.words_around import SAID_AROUND
from movietag.search.query.year_rules import YEAR_RULES
from movietag.search.query.years import with_decades

_LETTER: Final = r"[^\s()\"'<>=:!&|,;%*/+]"
WORD: Final = rf"(?<!{_LETTER})(?:{HIDDEN}|{_LETTER}{{1,60}})"
"""A word from its beginning on, lest a long one be tried from each of its letters."""
_SIGN: Final = r"(?:>=|<=|=>|=<|<>|!=|>|<|=+)"
_TURNED: Final = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
_SAME: Final = {"=>": ">=", "=<": "<=", "<>": "!="}
_SPOKEN: Final = {
    ">=": r"at\s+least|minimum|min\.?|no\s+less\s+than|not\s+less\s+than|from|around|about|roughly",
    ">": r"more\s+than|greater\s+than|over|above|exceeding|exceeds",
    "<=": r"at\s+most|maximum|max\.?|no\s+more\s+than|not\s+more\s+than|up\s+to",
    "<": r"less\s+than|fewer\s+than|under|below",
}
_ANY_SPOKEN: Final = "|".join(_SPOKEN.values())
_IS: Final = r"(?:\s+(?:is|of|has|with|ratio|in|at|for))*"
_WITHOUT: Final = r"(?:but\s+)?(?:without(?:\s+any)?|except(?:\s+for)?|excluding|excludes?|minus|non|no|not\s+any)|but\s+not"

_AND_ABROAD: Final = "und|et|y|e|og|och|en|i|и|ve"
_OR_ABROAD: Final = "oder|ou|o|eller|of|lub|или|veya"
_NOT_ABROAD: Final = r"nicht|ohne|kein|sans|pas(?:\s+de)?|sin|senza|zonder|bez|без|не"


@dataclass(frozen=True, slots=True)
class Rewriter:
    """The rules for one masked query; ``joint``: what a comma, slash or plus between two tags becomes."""

    masked: MaskedQuery
    names: TagNames
    kind: Kind
    joint: str

    def rewritten(self, *, bare: bool = False) -> str:
        """The query after all rules, straightened and without masks; not necessarily a valid one.

        With ``bare`` without the words that people put around tags: `find horror and comedy movies`.
        """
        text = tidied(with_digits(with_decades(self.masked.text)))
        text = _VALUE.sub(r"\g<field>:", text)
        for year_pattern, year_rule in YEAR_RULES:
            text = re.sub(year_pattern, year_rule, text, flags=re.IGNORECASE)
        text = _VALUES.sub(self._any_of, text).translate(_BRACKETS)
        for pattern, rule in _RULES:
            text = pattern.sub(partial(_applied, self, rule), text)
        text = re.sub(r"\s*[,;]+\s*(?=\S)", f" {self.joint} ", text)
        if bare:
            text = " ".join(part for part in text.split() if part.casefold() not in SAID_AROUND)
        return self.masked.shown(with_joints(text))

    def compared(self, word: str, sign: str, ratio: str, *, percent: bool = False) -> str | None:
        """The condition that a tag's ratio compares so; None if the word is no tag, or the ratio no ratio."""
        limit = percent_of(ratio, percent=percent)
        if limit is None or not self.is_tag(word):
            return None
        sign = _SAME.get(sign, sign)
        none = limit == "0%" and sign[0] == "="  # `horror=0`
        if self.kind == "frames":
            return word if sign[0] in ">=" and not none else f"not {word}"
        if limit == "0%" and sign == "!=":
            return word
        if sign == "!=":
            return f"({word}<{limit} or {word}>{limit})"
        at_least = "<=" if none else ">="
        return f"{word}{at_least if sign[0] == '=' else sign}{limit}"

    def _any_of(self, found: re.Match[str]) -> str:
        """`status:complete,failed`; words of a text may all be meant, too."""
        joint = self.joint if known_field(found["field"]) in {"text", "title"} else "or"
        return f"{found['field']}:({f' {joint} '.join(found['values'].split(','))})"

    def is_tag(self, word: str) -> bool:
        """Whether a word, or what stands for a quotation, names a tag."""
        return self.masked.tag(word, self.names) is not None


_VALUE: Final = re.compile(
    rf"(?<![\w:])(?P<field>(?:{'|'.join((*HELP, *OTHER_NAMES))})(?=\s*=)|(?:title|text|caption)s?(?=\s+[ci]))"
    rf"\s*(?:=+|\bcontains?\b|\bincludes?\b)\s*(?=[\w{HIDDEN[1:-1]}])",
    re.IGNORECASE,
)
"""`status=complete`, `title contains moon`; what is right of a year or a tag has rules of its own."""

_VALUES: Final = re.compile(
    rf"(?<![\w:])(?P<field>{'|'.join((*HELP, *OTHER_NAMES))})\s*:\s*(?P<values>{WORD}(?:,{WORD})+)",
    re.IGNORECASE,
)
_BRACKETS: Final = str.maketrans("[]{}", "()()")
"""Brackets group, and have no other meaning outside of a range of years."""

Rule = Callable[[Rewriter, re.Match[str]], str | None]


def _within(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`10%<horror<30%`."""
    first, last = _TURNED[found["sign1"]], found["sign2"]
    if first[0] == last[0]:
        return None
    return _range(rewriter, found["tag"], (first, found["low"]), (last, found["high"]))


def _both_ends(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror>10% <30%`."""
    first, last = found["sign1"], found["sign2"]
    if first[0] == last[0]:
        return None
    return _range(rewriter, found["tag"], (first, found["low"]), (last, found["high"]))


def _joined(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror und comedy`, `horror ou comedy`: people join tags in their own language."""
    if not (rewriter.is_tag(found["tag"]) and rewriter.is_tag(found["other"])):
        return None
    joint = "or" if re.fullmatch(_OR_ABROAD, found["joint"], re.IGNORECASE) else "and"
    return f"{found['tag']}{found['ratio'] or ''} {joint} "


def _span(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror 10%..30%`, `horror between 10% and 30%`."""
    return _range(rewriter, found["tag"], (">=", found["low"]), ("<=", found["high"]))


def _range(
    rewriter: Rewriter, tag: str, one: tuple[str, str], other: tuple[str, str]
) -> str | None:
    percent = bool(re.search(r"[^\d.,\s]", one[1] + other[1]))  # of one, it is of both
    parts = [rewriter.compared(tag, *end, percent=percent) for end in (one, other)]
    if None in parts:
        return None
    return tag if rewriter.kind == "frames" else " and ".join(part for part in parts if part)


def _turned(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`30%<horror`."""
    sign = _SAME.get(found["sign"], found["sign"])
    return rewriter.compared(found["tag"], _TURNED.get(sign, sign), found["ratio"])


def _compared(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror=30%`, `horror>30`, `>=30% horror`, `horror 30%`, `30% horror`."""
    sign = found.groupdict().get("sign") or ">="
    return rewriter.compared(found["tag"], sign.lstrip(":") or ">=", found["ratio"])


def _spoken(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror at least 30%`."""
    said = found["said"]
    sign = next(one for one, texts in _SPOKEN.items() if re.fullmatch(texts, said, re.IGNORECASE))
    return rewriter.compared(found["tag"], sign, found["ratio"])


def _without(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror without comedy`."""
    return f"not {found['tag']}" if rewriter.is_tag(found["tag"]) else None


def _uncounted(_: Rewriter, __: re.Match[str]) -> str:
    """`without images`."""
    return render(NOT_COUNTED)


def _neither(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`neither horror nor comedy`."""
    tags = (found["tag"], found["other"])
    return " and ".join(f"not {tag}" for tag in tags) if all(map(rewriter.is_tag, tags)) else None


def _with(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror with comedy`, `both horror and comedy`."""
    return found["tag"] if rewriter.is_tag(found["tag"]) else None


def _listed(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`horror, comedy`, `horror/comedy`."""
    both_tags = rewriter.is_tag(found["tag"]) and rewriter.is_tag(found["other"])
    return f"{found['tag']}{found['ratio'] or ''} {rewriter.joint} " if both_tags else None


def _field(rewriter: Rewriter, found: re.Match[str]) -> str | None:
    """`genre:horror`, `tag:horror>=30%`."""
    return found["tag"] if rewriter.is_tag(found["tag"]) else None


def _applied(rewriter: Rewriter, rule: Rule, found: re.Match[str]) -> str:
    text = rule(rewriter, found)
    return found[0] if text is None else text


def _rules() -> Iterator[tuple[re.Pattern[str], Rule]]:
    tag, sign = f"(?P<tag>{WORD})", f"(?P<sign>{_SIGN})"
    low, high, ratio = (f"(?P<{name}>{RATIO})" for name in ("low", "high", "ratio"))
    sure, end = f"(?P<ratio>{SURE_RATIO})", r"(?![\w.,]*\d)"
    patterns: list[tuple[str, Rule]] = [
        (rf"(?<![\w:])(?:{'|'.join(TAG_FIELDS)})\s*[:=]+\s*{tag}", _field),
        (rf"<\s*{tag}\s*>", _field),
        (rf"{tag}\s*(?P<sign1>[<>]=?)\s*{low}\s*(?:and\s+|,\s*)?(?P<sign2>[<>]=?)\s*{high}{end}(?!\s*[\w\"{HIDDEN[1:-1]}])", _both_ends),
        (rf"{low}\s*(?P<sign1>[<>]=?)\s*{tag}\s*(?P<sign2>[<>]=?)\s*{high}", _within),
        (rf"{tag}{_IS}\s+between\s+{low}\s+and\s+{high}{end}", _span),
        (rf"{tag}{_IS}\s*:?\s*(?:from\s+)?{low}\s*(?:\.\.+|-|\bto\b)\s*{high}{end}", _span),
        (rf"(?<![\w.,%>=<]){ratio}\s*{sign}\s*{tag}", _turned),
        (rf"(?<![\w%.,\"')*\s])\s*{sign}\s*{ratio}\s+(?!and\b|or\b|not\b){tag}", _compared),
        (rf"{tag}{_IS}\s*(?P<sign>:?\s*{_SIGN}|:)\s*{ratio}{end}", _compared),
        (rf"{tag}{_IS}\s+(?P<said>{_ANY_SPOKEN})\s+{ratio}{end}", _spoken),
        (rf"\b(?P<said>{_ANY_SPOKEN})\s+{ratio}\s+(?:of\s+)?(?!and\b|or\b|not\b){tag}", _spoken),
        (rf"{tag}{_IS}\s*\(\s*{sure}\s*\)", _compared),
        (rf"{tag}{_IS}\s+{sure}{end}", _compared),
        (rf"(?<![\w.,<>=]){sure}\s+(?:of\s+)?{tag}", _compared),
        (rf"\bneither\s+{tag}\s+nor\s+(?P<other>{WORD})", _neither),
        (rf"(?<!\w)(?:{_WITHOUT})\s+(?:images?|pictures?|frames?)(?!\w)", _uncounted),
        (rf"(?<!\w)(?:{_WITHOUT}|{_NOT_ABROAD})\s+{tag}", _without),
        (rf"(?<!\w)(?:not|non|no)-(?P<tag>{_LETTER}{{1,60}})", _without),
        (rf"\b(?:both|either|with|plus|as\s+well\s+as|also)\s+{tag}", _with),
        (rf"{tag}(?P<ratio>[<>]=?[\d.]+%)?\s*(?:,\s*(?:and\s+)?|[;/+])\s*(?=(?:not\s+)?(?P<other>{WORD}))", _listed),
        (rf"{tag}(?P<ratio>[<>]=?[\d.]+%)?\s+(?P<joint>{_AND_ABROAD}|{_OR_ABROAD})\s+(?=(?:not\s+)?(?P<other>{WORD}))", _joined),
    ]  # fmt: skip
    for pattern, rule in patterns:
        yield re.compile(pattern, re.IGNORECASE), rule


_RULES: Final = tuple(_rules())
