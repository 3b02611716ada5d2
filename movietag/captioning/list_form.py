"""What an answer that is a list of tags looks like: how it is written, which texts are one, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PLACE: Final = "{tag}"
PLAIN: Final = "{tag}, {tag}"
NONE: Final = "none"
_META: Final = re.compile(r"[\\^$.|?*+()\[\]{}]")


@dataclass(frozen=True, slots=True)
class ListForm:
    """What a list of tags looks like: ``before`` the first, ``between`` two, ``after`` the last; or ``none`` of them."""

    before: str
    between: str
    after: str
    none: str

    @classmethod
    def read(cls, pattern: str, none: str = NONE) -> ListForm:
        """The form of a pattern with two tags, e.g. ``{tag}, {tag}``.

        Raises:
            ValueError: it has another number of tags, or nothing between them.
        """
        if pattern.count(PLACE) != 2 or f"{PLACE}{PLACE}" in pattern:
            raise ValueError(f"{pattern!r} is no list: write {PLACE} twice, as in {PLAIN!r}")
        before, between, after = pattern.split(PLACE)
        return cls(before, between, after, none)

    def text(self, tags: Sequence[str], *, cut: bool = False) -> str:
        """The list of these tags; of a ``cut`` one, without its end, by which its last tag would count as half a word."""
        if not tags:
            return self.none
        return f"{self.before}{self.between.join(tags)}{self.between if cut else self.after}"

    def regex(self, tags: Sequence[str]) -> str:
        """A regular expression of all lists, perhaps behind a blank, in what every library knows of their syntax.

        Unlike in a list that is written here, a tag may come twice: no regular expression of a useful size says else.
        """
        before, between, after, none = map(
            _literal, (self.before, self.between, self.after, self.none)
        )
        tag = f"({'|'.join(map(_literal, tags))})"
        return f" ?({before}{tag}({between}{tag})*{after}|{none})"

    def tags(self, text: str, tags: Sequence[str], *, cut: bool = False) -> list[str]:
        """The tags in a list, each once; of a list that was ``cut``, those that are whole.

        Args:
            text: of an answer that ``regex`` matches, or of a beginning of one.
            tags: of the vocabulary.
            cut: whether the answer was ended before its end.
        """
        rest, before = text.lstrip(), self.before.lstrip()
        if not rest.startswith(before):
            return []
        rest = rest.removeprefix(before)
        longest_first = sorted(tags, key=len, reverse=True)
        found: dict[str, None] = {}
        while tag := next((one for one in longest_first if self._follows(rest, one, cut)), None):
            if cut and any(one.startswith(rest) for one in tags):
                break  # it may be half of a longer one
            found[tag] = None
            rest = rest.removeprefix(tag)
            if not rest.startswith(self.between):
                break
            rest = rest.removeprefix(self.between)
        return list(found)

    def _follows(self, rest: str, tag: str, cut: bool) -> bool:
        """Whether what is left begins with this tag, and then the list goes on or ends."""
        if not rest.startswith(tag):
            return False
        behind = rest.removeprefix(tag)
        if cut and (self.between.startswith(behind) or self.after.startswith(behind)):
            return True
        return behind.startswith(self.between) or behind == self.after


def _literal(text: str) -> str:
    return _META.sub(r"\\\g<0>", text)
