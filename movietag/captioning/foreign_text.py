"""Text of strangers inside a prompt can never become a token that a model takes for more than text.

Titles, genres and videos' titles are values of a prompt's template. `<image>` in one of them would be a second picture,
`<|im_end|>` the end of the question. So a token any part of which comes from such a value gets a blank inside: `< image>`.
What the operator wrote in the template stays as it is. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

_BEGIN: Final = "\ue000"
_END: Final = "\ue001"
_IGNORED: Final = frozenset({"Mn", "Me", "Cf", "Cc"})
"""Categories of characters that a tokenizer may drop: accents, joiners, controls."""
_SHAPES: Final = re.compile(
    r"<\|[^<>|\s]{1,60}\|>|</?[a-z][\w.:-]{0,60}>|<<?/?sys>>?"
    r"|\[/?(?:inst|img|img_break|img_end|system_prompt|tool_calls|available_tools|tool_results)\]"
)
"""Tokens of models in common use, for engines whose tokenizer is not known here."""


def as_foreign(value: object) -> str:
    """A value of a template, marked as the text of a stranger until ``without_foreign_tokens``."""
    return _BEGIN + str(value).replace(_BEGIN, "").replace(_END, "") + _END


def without_foreign_tokens(text: str, tokens: Iterable[str] = ()) -> str:
    """A rendered template without marks, its blanks single, and no token in it that a stranger wrote.

    Tokens are recognised in any case, in any Unicode normal form, and with invisible characters in between.

    Args:
        text: with parts that ``as_foreign`` marked.
        tokens: those of the model's tokenizer; those of models in common use are always broken.
    """
    characters, foreign = _plain(text)
    folded = _all_folded(frozenset(tokens))
    for _ in range(len(characters) + 1):  # each turn breaks one
        found = next(_matches(characters, foreign, folded), None)
        if found is None:
            break
        first, last = found
        if first == last:  # a token of one character, as a tokenizer folds it
            characters[first] = " "
        else:
            characters.insert(first + 1, " ")
            foreign.insert(first + 1, True)
    return " ".join("".join(characters).split())


def harmless(text: str, tokens: Iterable[str] = ()) -> str:
    """A stranger's text as a whole without anything that a model would read as a token."""
    return without_foreign_tokens(as_foreign(text), tokens)


def _plain(text: str) -> tuple[list[str], list[bool]]:
    """The characters without marks, runs of blanks as one, and which of them a stranger wrote."""
    characters: list[str] = []
    foreign: list[bool] = []
    inside = False
    for character in text:
        if character in (_BEGIN, _END):
            inside = character == _BEGIN
        elif not character.isspace() or (characters and characters[-1] != " "):
            characters.append(" " if character.isspace() else character)
            foreign.append(inside)
    return characters, foreign


def _matches(
    characters: list[str], foreign: list[bool], tokens: Iterable[str]
) -> Iterator[tuple[int, int]]:
    """First and last character of each token that a stranger wrote at least a part of."""
    parts = [_folded(character) for character in characters]
    text = "".join(parts)
    at = [number for number, part in enumerate(parts) for _ in part]
    spans = [match.span() for match in _SHAPES.finditer(text)]
    for token in tokens:
        begin = text.find(token)
        while begin >= 0:
            spans.append((begin, begin + len(token)))
            begin = text.find(token, begin + 1)
    for begin, end in spans:
        first, last = at[begin], at[end - 1]
        if any(foreign[first : last + 1]):
            yield first, last


@lru_cache(16)
def _all_folded(tokens: frozenset[str]) -> frozenset[str]:
    return frozenset("".join(map(_folded, token)) for token in tokens) - {""}


@lru_cache(4096)
def _folded(character: str) -> str:
    """A character as the most generous tokenizer reads it: "" if one may drop it."""
    if character.isspace():
        return " "
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(one for one in letters if unicodedata.category(one) not in _IGNORED)
