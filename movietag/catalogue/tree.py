"""Reading JSON that may have any shape: what is not as expected reads as empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec


class Tree:
    """A JSON value, or none where there is none: ``tree["a"][0].text``.

    Services change, and PHP writes an empty object as ``[]``, so each part is read for what it is.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    @classmethod
    def of_json(cls, content: bytes) -> Tree:
        """The JSON text's value.

        Raises:
            ValueError: it is not JSON, or too deep to be read.
        """
        try:
            return cls(msgspec.json.decode(content))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(str(error)) from None

    def __getitem__(self, at: str | int) -> Tree:
        value = self._value
        if isinstance(at, str):
            return Tree(value.get(at) if isinstance(value, dict) else None)
        return Tree(value[at] if isinstance(value, list) and at < len(value) else None)

    def __iter__(self) -> Iterator[Tree]:
        """The items of a list, or the values of an object."""
        value = self._value
        if isinstance(value, dict):
            return map(Tree, value.values())
        return map(Tree, value if isinstance(value, list) else ())

    def __contains__(self, name: str) -> bool:
        return isinstance(self._value, dict) and name in self._value

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._value, list)

    @property
    def is_map(self) -> bool:
        """Whether it is an object."""
        return isinstance(self._value, dict)

    @property
    def text(self) -> str:
        """A text, else an empty one."""
        return self._value if isinstance(self._value, str) else ""

    @property
    def is_true(self) -> bool:
        """Whether it is ``true``."""
        return self._value is True

    @property
    def number(self) -> float | None:
        """A number, or one written as a text (``"+136"``); None for anything else."""
        value = self._value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            found = float(value)
        except (ValueError, OverflowError):
            return None
        return found if abs(found) < 1e15 else None  # neither infinite nor NaN

    @property
    def whole(self) -> int | None:
        """A number without its fraction."""
        return None if self.number is None else int(self.number)
