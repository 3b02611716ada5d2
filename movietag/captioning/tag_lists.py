"""Answers that are a list of tags out of the vocabulary: which token may come next.

A prompt with ``answer = "tags"`` has such answers. The tokens of all lists form a trie; while a model writes, a token that
leaves it is not allowed. No tag comes twice, and a list always ends properly within the most tokens allowed. Pure: it knows
a tokenizer only by what it is called for, and loads no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from movietag.captioning.list_form import ListForm
from movietag.errors import UsageError

Tokenize = Callable[[str], Sequence[int]]
"""The tokens of a text, without special ones."""


@dataclass(slots=True)
class _Node:
    """A position in a trie.

    Attributes:
        reach: tags that a path through here completes, as bits; the lowest bit is the end of the list.
        completes: those that are complete here.
    """

    children: dict[int, _Node] = field(default_factory=dict)
    reach: int = 0
    completes: int = 0

    def add(self, tokens: Sequence[int], bit: int) -> None:
        """Add a path that completes a tag or the list."""
        node = self
        for token in tokens:
            node.reach |= bit
            node = node.children.setdefault(token, _Node())
        node.reach |= bit
        node.completes |= bit


_REMEMBERED: Final = 4096
_END: Final = 1
_State = tuple[_Node, int]
"""Where a list has got to, and the tags that it has: with the end, for no list ends twice."""


class TagListGrammar:
    """Which tokens may follow a beginning of a list.

    Args:
        form: of the list.
        tags: those that it may name.
        tokenize: gives tokens.
        ends: tokens that end an answer, at least one.
        most: tokens that an answer may have, its end included.

    Raises:
        UsageError: not even the shortest list fits, or nothing ends an answer.
    """

    def __init__(
        self,
        form: ListForm,
        tags: Sequence[str],
        tokenize: Tokenize,
        ends: Sequence[int],
        most: int,
    ) -> None:
        if not ends:
            raise UsageError('answer = "tags": the model has no token that ends an answer.')
        self._first, self._next, self._ends, self._most = _Node(), _Node(), tuple(ends), most
        self._allowed = lru_cache(_REMEMBERED)(self._find)  # the rows of a batch begin alike
        for number, tag in enumerate(tags):
            bit = 2 << number
            self._first.add(tokenize(form.before + tag), bit)
            self._next.add(_following(tokenize, tags[0], form.between + tag), bit)
        for end in ends:
            self._first.add([*tokenize(form.none), end], _END)
            self._next.add([*_following(tokenize, tags[0], form.after), end], _END)
        self._closing = _shortest(self._next, _END, 0)
        self._ample = 1 + max(_depth(self._first), _depth(self._next)) + self._closing
        if (least := self._left(self._first, 0)) > most:
            raise UsageError(
                f"max_new_tokens: {most} are too few for a list of tags; the shortest takes {least}."
            )

    def allowed(self, written: Sequence[int]) -> list[int]:
        """The tokens that may follow those written so far; after the end, a token that ends."""
        return self._allowed(tuple(written))

    def _find(self, written: tuple[int, ...]) -> list[int]:
        states: list[_State] = [(self._first, 0)]
        for token in written:
            states = self._after(states, token)
        room = self._most - len(written)
        found = {
            token
            for node, used in states
            for token, child in node.children.items()
            if child.reach & ~used and (room >= self._ample or 1 + self._left(child, used) <= room)
        }
        return sorted(found) or list(self._ends[:1])

    def _after(self, states: Sequence[_State], token: int) -> list[_State]:
        after: list[_State] = []
        for node, used in states:
            child = node.children.get(token)
            if child is None or not child.reach & ~used:
                continue
            if child.children:
                after.append((child, used))
            after += [(self._next, used | bit) for bit in _bits(child.completes & ~used & ~_END)]
        return after

    def _left(self, node: _Node, used: int) -> int:
        """The fewest tokens with which a list ends from here."""
        tag = _shortest(node, ~_END & ~used & node.reach, used)
        return min(_shortest(node, _END, used), tag + self._closing)


_NEVER: Final = 1 << 30


def _shortest(node: _Node, wanted: int, used: int) -> int:
    """The fewest tokens from a node to one that completes any of the wanted."""
    if node.completes & wanted:
        return 0
    lengths = [
        1 + _shortest(child, wanted, used)
        for child in node.children.values()
        if child.reach & wanted & ~used
    ]
    return min(lengths, default=_NEVER)


def _depth(node: _Node) -> int:
    return max((1 + _depth(child) for child in node.children.values()), default=0)


def _bits(number: int) -> list[int]:
    found = []
    while number:
        lowest = number & -number
        found.append(lowest)
        number ^= lowest
    return found


def _following(tokenize: Tokenize, tag: str, text: str) -> Sequence[int]:
    """The tokens of a text behind a tag: many tokenizers cut it otherwise at the beginning of an answer."""
    alone, both = list(tokenize(tag)), list(tokenize(tag + text))
    return both[len(alone) :] if both[: len(alone)] == alone else tokenize(text)
