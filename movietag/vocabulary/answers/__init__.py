"""An answer as a model wrote it -> the text in which tags are looked for. Pure.

Thinking text is left out, and so is what a list, an object or a line denies: `{"horror": true, "comedy": false}` is
`horror`. Marks of lists are removed. What is plain text stays as it is. ``Vocabulary.match`` reads every caption so,
live and when it counts again, except under the rule `substring`, which is the paper's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from movietag.vocabulary.answers.listed import affirmed_lines, without_marks
from movietag.vocabulary.answers.structures import StructureReader, TooDeepError
from movietag.vocabulary.answers.thinking import without_thinking
from movietag.vocabulary.answers.verdicts import counted_texts
from movietag.vocabulary.cut import whole_part

__all__ = ["ReadAnswer", "read_answer"]

MOST_STRUCTURES: Final = 64  # lists and objects of an answer; what follows is read as plain text

# Most captions are a sentence, and have none of these. Each is scanned for quickly; one expression is not.
_MARK: Final = re.compile(r"[\[{<◁*`_~|#:=?\n☐❌✗✘]")
_BEGINS: Final = re.compile(r"\s*(?:analysis\S|[-+>]|\(?\d{1,3}[.)])")
_DASHES: Final = (" - ", " \u2013 ", " \u2014 ")
_SCORE: Final = re.compile(r"\(\.?\d")
_BRACKET: Final = re.compile(r"[\[{]")
_ESCAPED: Final = re.compile(r"[\[{]\s*\\\"")
_WORD: Final = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What an answer says.

    Attributes:
        text: in which tags are looked for.
        answered: whether anything was said besides thinking; `[]` says something: no tag.
        unfinished: whether the text ends in the middle of thinking, or of a list or object.
    """

    text: str
    answered: bool
    unfinished: bool


def read_answer(caption: str, *, cut: bool = False) -> ReadAnswer:
    """Read an answer.

    Args:
        caption: as the model wrote it.
        cut: whether it may end in half a word: then its last entry is left out.
    """
    if _is_sentence(caption):
        return ReadAnswer(
            whole_part(caption) if cut else caption, bool(_WORD.search(caption)), False
        )
    answer, thinking = without_thinking(caption)
    if _ESCAPED.search(answer):  # JSON in a JSON string
        answer = answer.replace('\\"', '"')
    parts, structured, unclosed = _structures(without_marks(answer), cut=cut)
    if cut and parts and not unclosed:
        parts[-1] = whole_part(parts[-1])
    text = "\n".join(part for part in parts if part.strip())
    return ReadAnswer(text, structured or bool(_WORD.search(text)), thinking or unclosed)


def _is_sentence(caption: str) -> bool:
    if _MARK.search(caption) or _BEGINS.match(caption) or _SCORE.search(caption):
        return False
    return not any(dash in caption for dash in _DASHES)


def _structures(text: str, *, cut: bool) -> tuple[list[str], bool, bool]:
    """The parts of a text, with its lists and objects read; whether it has one, and whether one has no end."""
    parts: list[str] = []
    begin = search = 0
    structured = unclosed = False
    for _ in range(MOST_STRUCTURES):
        found = _BRACKET.search(text, search)
        if found is None:
            break
        reader = StructureReader(text, found.start(), cut=cut)
        try:
            group = reader.read()
        except TooDeepError:
            search = found.end()
            continue
        parts += [affirmed_lines(text[begin : found.start()]), *counted_texts(group)]
        if group.is_data:
            structured, unclosed = True, reader.unclosed
        begin = search = reader.at
    return [*parts, affirmed_lines(text[begin:])], structured, unclosed
