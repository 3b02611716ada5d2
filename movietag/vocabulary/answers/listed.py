"""Lists and tables that an answer writes as lines of text: their marks, and items with a verdict of no.

`1. **Horror**` is `Horror`; of `- horror: yes` and `- comedy: no` only the first is left.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from movietag.vocabulary.answers.verdicts import Scale

_FENCE: Final = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*[\w+-]*[ \t]*$|```", re.MULTILINE)
_UNCHECKED: Final = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?\[[ ]\][ \t].*$", re.MULTILINE)
_YES_MARKS: Final = "✅✓✔☑"
_NO_MARKS: Final = "☐❌✗✘"
_CROSS: Final = re.compile(f"[{_NO_MARKS}]")
_BEGINS_WITH_MARK: Final = re.compile(rf"[ \t]*(?:[-*+][ \t]+)?[{_YES_MARKS}{_NO_MARKS}]")
_CROSSED_BEFORE: Final = re.compile(
    f"(?<![^,;|{_YES_MARKS}{_NO_MARKS}])[^,;|{_YES_MARKS}{_NO_MARKS}]*[{_NO_MARKS}]"
)
_CROSSED_BEHIND: Final = re.compile(f"[{_NO_MARKS}][^{_YES_MARKS}{_NO_MARKS}\n]*")
_CHECKED: Final = re.compile(r"^([ \t]*[-*+][ \t]+)\[[xX✓]\][ \t]", re.MULTILINE)
_DELETED: Final = re.compile(r"~~[^~\n]+~~")
_BULLETS: Final = r"[-*+•‣◦·\u2013\u2014]"
_NUMBER: Final = r"(?:\(?\d{1,3}[.)]|[a-zA-Z][.)])"
_ITEM: Final = re.compile(
    rf"^[ \t]*(?:>[ \t]*)*(?:#{{1,6}}[ \t]+|(?:{_BULLETS}|{_NUMBER})[ \t]+)*", re.MULTILINE
)
_BULLET_ITEM: Final = re.compile(
    rf"^[ \t]*(?:>[ \t]*)*(?:#{{1,6}}[ \t]+|{_BULLETS}[ \t]+)*", re.MULTILINE
)
_HEADING: Final = re.compile(r"^[ \t]*#{1,6}[ \t]++([^\n]*[^\s:])[ \t]*$", re.MULTILINE)
_NUMBERED: Final = re.compile(rf"^[^\w\n(]*{_NUMBER}[ \t]", re.MULTILINE)
# At the edge of a word only: within one, as in "rock`n`roll", a mark separates words.
_EMPHASIS: Final = re.compile(
    r"(?<![*`_])(?:(?<![^\s!-/:-@\[-^{-~])[*`_]++|[*`_]++(?![^\s!-/:-@\[-^{-~]))"
)
_OF_RULES: Final = frozenset("|:- \t")
_ROW: Final = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)
_BETWEEN: Final = re.compile(r"[,;]")
_PAIR: Final = re.compile(
    r"\s*(?P<name>[^:=()\n]{1,80}?)\s*(?:[:=?]|\s[-\u2013\u2014]\s|\()\s*(?P<verdict>[^:=()\n]{1,20}?)\s*\)?\s*\.?\s*"
)
_LETTERS: Final = re.compile(r"[^\W\d_]")


def without_marks(text: str) -> str:
    """The text without code fences, unchecked boxes and deleted words."""
    text = _CHECKED.sub(r"\1", _UNCHECKED.sub("", _FENCE.sub(" ", text)))
    return "\n".join(_without_crossed(line) for line in _DELETED.sub(" ", text).split("\n"))


def _without_crossed(line: str) -> str:
    """A line without what has a cross: behind it, if the line begins with a mark, else before it."""
    if not _CROSS.search(line):
        return line
    begins = _BEGINS_WITH_MARK.match(line) is not None
    return (_CROSSED_BEHIND if begins else _CROSSED_BEFORE).sub(" ", line)


def affirmed_lines(text: str) -> str:
    """The text without list marks and emphasis, and without items that it denies."""
    plain = _EMPHASIS.sub("", _without_item_marks(text))
    lines = [
        _ROW.sub(lambda row: _as_pair(row[1]), line)
        for line in plain.split("\n")
        if "--" not in line or not _OF_RULES.issuperset(line)
    ]
    pairs = [_pairs(line) for line in lines]
    verdicts = [verdict for line in pairs for _, verdict in line]
    numbers = [text for text in verdicts if not _LETTERS.search(text)]
    scale = Scale(numbers)
    several = len(numbers) > 1 or any("%" in text or "." in text for text in numbers)
    return "\n".join(
        _affirmed(line, found, scale, several) for line, found in zip(lines, pairs, strict=True)
    )


def _without_item_marks(text: str) -> str:
    """The text without bullets and numbers, headings as `heading:`; a lone number that begins it, as in `2. Weltkrieg`, is a word."""
    text = _HEADING.sub(r"\1:", text.strip())
    numbered = [found.start() for found in itertools.islice(_NUMBERED.finditer(text), 2)]
    return (_BULLET_ITEM if numbered == [0] else _ITEM).sub("", text)


def _as_pair(row: str) -> str:
    """A row of a table as `name: verdict`, if it has two cells."""
    cells = [cell.strip() for cell in row.split("|")]
    return ": ".join(cells) if len(cells) == 2 else " | ".join(cells)


def _pairs(line: str) -> list[tuple[str, str]]:
    """The names and verdicts of a line that is made of nothing else."""
    found = [_PAIR.fullmatch(part) for part in _BETWEEN.split(line) if part.strip()]
    return [(one["name"], one["verdict"]) for one in found if one] if all(found) else []


def _affirmed(line: str, pairs: list[tuple[str, str]], scale: Scale, several: bool) -> str:
    """A line without the items that it denies; unchanged if it is no line of verdicts."""
    verdicts = [
        scale.verdict(verdict) if several or _LETTERS.search(verdict) else None
        for _, verdict in pairs
    ]
    if False not in verdicts or None in verdicts:
        return line
    return ", ".join(name for (name, _), yes in zip(pairs, verdicts, strict=True) if yes)
