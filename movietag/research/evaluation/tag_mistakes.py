"""What is wrong in tables of tags, collected, and reported together: by line, with the nearest tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NoReturn

from movietag.errors import UsageError
from movietag.vocabulary.spelling import Speller

MOST_PROBLEMS: Final = 20
MOST_LINES: Final = 3  # of one problem
MOST_NAMED: Final = 5


class TagMistakes:
    """Reads the tags of tables, and remembers what is wrong with them; a table is a name for texts."""

    def __init__(self, speller: Speller) -> None:
        self._speller = speller
        self._problems: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.read_as: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._problems)

    def add(self, table: str, line: int, problem: str) -> None:
        """Remember a problem; the same one in another line is the same."""
        self._problems[table, problem].append(line)

    def tags(self, table: str, line: int, written: Sequence[str]) -> tuple[str, ...]:
        """The vocabulary's tags of a line, in its order; what is wrong with them is remembered."""
        read: set[str] = set()
        for text in written:
            spelling = self._speller.read(text)
            if spelling.problem:
                self.add(table, line, spelling.problem)
            elif spelling.tag != text:
                self.read_as[text] = spelling.tag
            read.add(spelling.tag)
        return tuple(tag for tag in self._speller.vocabulary.tags if tag in read)

    def fail(self, source: str, form: str) -> NoReturn:
        """Raise an error that lists all problems, ``MOST_PROBLEMS`` at most, by table and line."""
        listed = sorted(
            (table, lines[0], f"{table}, {_lines(lines)}: {text}")
            for (table, text), lines in self._problems.items()
        )
        texts = [text for _, _, text in listed]
        texts += [f"({text!r} is read as {tag!r})" for text, tag in self.read_as.items()]
        left = len(texts) - MOST_PROBLEMS
        vocabulary = self._speller.vocabulary
        raise UsageError(
            "\n".join([
                f"{source}: {counted(listed, 'mistake')} in its tags, so nothing was done.",
                *(f"  {text}" for text in texts[:MOST_PROBLEMS]),
                *([f"  … and {left} more"] if left > 0 else []),
                f"{form} The vocabulary {vocabulary.name} has {counted(vocabulary.tags, 'tag')}; name"
                " another one by --vocabulary.",
            ])
        )  # fmt: skip

    def note(self) -> Sequence[str]:
        """What was read otherwise than written, for the notes of a result."""
        pairs = [f"{text!r} as {tag!r}" for text, tag in self.read_as.items()]
        return [f"{counted(pairs, 'tag')} read as the vocabulary writes it: {some(pairs)}."] * bool(
            pairs
        )


def counted(items: Sequence[object], noun: str) -> str:
    """How many there are: `1 picture`, `2 pictures`."""
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def some(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of them, with an ellipsis for the rest."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _lines(lines: Sequence[int]) -> str:
    more = len(lines) - MOST_LINES
    shown = ", ".join(map(str, lines[:MOST_LINES])) + (f" and {more} more" if more > 0 else "")
    return f"line{'s' * (len(lines) > 1)} {shown}"
