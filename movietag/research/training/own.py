"""One's own pictures as a source: any folder of pictures with a ``tags.csv``, for any vocabulary.

A tags.csv lies in the folder, or in each of its sub-folders; its names are relative to it. Nothing is guessed: a tag that
the vocabulary lacks is a mistake, and all mistakes are reported together.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from movietag.errors import PermanentError, UsageError
from movietag.frames.listing import files_below
from movietag.frames.pictures import list_pictures
from movietag.research.training.tag_table import FORM, TaggedFile, read_tag_table
from movietag.vocabulary.spelling import Speller

TABLE: Final = "tags.csv"
MOST_PROBLEMS: Final = 20
MOST_LINES: Final = 3  # of one problem
MOST_NAMED: Final = 5
NEEDED: Final = (
    f"Put a {TABLE} into it, or into each of its sub-folders, with the columns file_name and tags."
)


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """A picture with its tags, in the vocabulary's order; ``name`` is its path below the source's folder."""

    path: Path
    name: str
    tags: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The folder that holds it, relative to the source's; empty for that folder itself."""
        return self.name.rpartition("/")[0]


@dataclass
class _Reading:
    """What is wrong or worth a note in all tables; problems as text -> where."""

    problems: defaultdict[tuple[Path, str], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )
    read_as: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    lines: int = 0


class OwnPictures:
    """The pictures below a folder that a tags.csv names, with their tags.

    Attributes:
        name: the folder's name.
        pictures: those with a line, by name.
        notes: what was left out, or read otherwise than written, and how many.

    Raises:
        UsageError: no table or no picture, or mistakes in the tables: all of them, ``MOST_PROBLEMS`` at most.
    """

    def __init__(self, root: Path, speller: Speller) -> None:
        self.name = root.name or str(root)
        listed = _listed(root)
        reading = _Reading()
        found: dict[str, tuple[Path, int, tuple[str, ...]]] = {}
        for table_path in _tables(root):
            table = read_tag_table(table_path)
            for line, problem in table.problems:
                reading.problems[table_path, problem].append(line)
            names = _Names(root, table_path.parent, listed)
            for row in table.rows:
                _take(row, table_path, names, speller, found, reading)
        order = {tag: number for number, tag in enumerate(speller.vocabulary.tags)}
        if reading.problems:
            raise UsageError(_problems(root, reading, speller))
        self.pictures = tuple(
            OwnPicture(listed[name], name, tuple(sorted(set(tags), key=order.__getitem__)))
            for name, (_, _, tags) in sorted(found.items())
        )
        if not self.pictures:
            raise UsageError(
                f"{root}: none of the files that {TABLE} names ({reading.lines}) is below it, e.g."
                f" {', '.join(map(repr, reading.missing[:MOST_NAMED]))}. Names are relative to the"
                f" {TABLE}."
            )
        self.notes = tuple(_notes(reading, [name for name in listed if name not in found]))


class _Names:
    """Finds the picture that a line of a table names: in its folder, in any case, with either slash."""

    def __init__(self, root: Path, folder: Path, listed: Mapping[str, Path]) -> None:
        self._root, self._folder, self._listed = root, folder, listed
        inner = folder.relative_to(root).as_posix()
        self._inner = "" if inner == "." else f"{_composed(inner)}/"
        self._folded: defaultdict[str, list[str]] = defaultdict(list)
        for name in listed:
            if name.startswith(self._inner):
                self._folded[name.casefold()].append(name)

    def find(self, text: str) -> list[str]:
        """The names that it may be; none if there is no such picture."""
        name = _composed(text.replace("\\", "/"))
        base = self._root.resolve().as_posix() + "/"
        name = name.removeprefix(base) if name.startswith(base) else self._inner + _plain(name)
        return [name] if name in self._listed else self._folded.get(name.casefold(), [])


def _take(
    row: TaggedFile,
    table: Path,
    names: _Names,
    speller: Speller,
    found: dict[str, tuple[Path, int, tuple[str, ...]]],
    reading: _Reading,
) -> None:
    """Add a line's picture to ``found``, and what is wrong with the line to ``reading``."""
    reading.lines += 1
    tags = []
    for text in row.tags:
        spelling = speller.read(text)
        if spelling.problem:
            reading.problems[table, spelling.problem].append(row.line)
        elif spelling.tag != text:
            reading.read_as[text] = spelling.tag
        tags.append(spelling.tag)
    if not row.name:
        reading.problems[table, "the name of the file is blank"].append(row.line)
        return
    hits = names.find(row.name)
    if not hits:
        reading.missing.append(row.name)
        return
    if len(hits) > 1:
        several = f"{row.name!r} may be {' or '.join(map(repr, sorted(hits)[:MOST_NAMED]))}"
        reading.problems[table, several].append(row.line)
        return
    before = found.setdefault(hits[0], (table, row.line, tuple(tags)))
    if set(before[2]) != set(tags):
        where = f"line {before[1]}" + ("" if before[0] == table else f" of {before[0]}")
        twice = f"{row.name!r} has other tags in {where}: keep one line with all of its tags"
        reading.problems[table, twice].append(row.line)


def _listed(root: Path) -> dict[str, Path]:
    """The pictures below a folder, by their path in it."""
    if not root.is_dir():
        raise UsageError(f"There is no folder {root}. Name one with pictures. {NEEDED}")
    try:
        pictures = list_pictures(root, subfolders=True)
    except PermanentError as error:
        raise UsageError(f"{root}: {error.reason}") from None
    return {_composed(path.relative_to(root).as_posix()): path for path in pictures}


def _tables(root: Path) -> Sequence[Path]:
    """The tables of a folder and its sub-folders, the folder's own first."""
    tables = [path for path in files_below(root) if path.name.lower() == TABLE]
    if not tables:
        raise UsageError(f"{root} has no {TABLE}. {NEEDED}")
    return sorted(tables, key=lambda path: (len(path.parts), path))


def has_table(root: Path) -> bool:
    """Whether a folder or one of its sub-folders has a table of tags."""
    return root.is_dir() and any(path.name.lower() == TABLE for path in files_below(root))


def _composed(text: str) -> str:
    """Accents as one character: some file systems take them apart."""
    return unicodedata.normalize("NFC", text)


def _plain(name: str) -> str:
    """A relative path without ``.`` and doubled slashes."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _problems(root: Path, reading: _Reading, speller: Speller) -> str:
    """All mistakes, each with its lines."""
    told = []
    for (table, text), lines in reading.problems.items():
        more = len(lines) - MOST_LINES
        shown = ", ".join(map(str, lines[:MOST_LINES])) + (f" and {more} more" if more > 0 else "")
        where = table.relative_to(root).as_posix()
        told.append((table, lines[0], f"{where}, line{'s' * (len(lines) > 1)} {shown}: {text}"))
    texts = [text for _, _, text in sorted(told)]
    texts += [f"({text!r} is read as {tag!r})" for text, tag in reading.read_as.items()]
    left = len(texts) - MOST_PROBLEMS
    texts = texts[:MOST_PROBLEMS] + ([f"… and {left} more"] if left > 0 else [])
    count = len(told)
    return "\n".join([
        f"{root}: {count} mistake{'s' * (count > 1)} in its tags, so nothing was built.",
        *(f"  {text}" for text in texts),
        f"{FORM} The vocabulary {speller.vocabulary.name} has {len(speller.vocabulary.tags)} tags;"
        " another is named by --vocabulary.",
    ])  # fmt: skip


def _notes(reading: _Reading, without: Sequence[str]) -> Iterator[str]:
    if reading.missing:
        yield (f"{counted(reading.missing, 'file')} of {TABLE} not found: {some(reading.missing)}.")
    if without:
        yield f"{counted(without, 'picture')} left out, without a line: {some(without)}."
    if reading.read_as:
        pairs = [f"{text!r} as {tag!r}" for text, tag in reading.read_as.items()]
        yield f"{counted(pairs, 'tag')} read as the vocabulary writes it: {some(pairs)}."


def counted(items: Sequence[object], noun: str) -> str:
    """How many there are: `1 picture`, `2 pictures`."""
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def some(names: Sequence[str]) -> str:
    """The first of them, with an ellipsis for the rest."""
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
