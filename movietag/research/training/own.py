"""One's own pictures as a source: any folder of pictures with a ``tags.csv``, for any vocabulary.

A tags.csv lies in the folder, or in each of its sub-folders; its names are relative to it. Nothing is guessed: a tag that
the vocabulary lacks is a mistake, and all mistakes are reported together.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.errors import PermanentError, UsageError
from movietag.frames.listing import files_below
from movietag.frames.pictures import list_pictures
from movietag.research.evaluation.tag_mistakes import TagMistakes, counted, some
from movietag.research.evaluation.tag_table import TaggedLine, read_tag_table
from movietag.vocabulary.spelling import Speller

TABLE: Final = "tags.csv"
FILE_COLUMNS: Final = {"file_name": ("file_name", "filename", "file", "image", "picture", "path")}
FORM: Final = "It needs the columns file_name and tags; the tags of a picture are joined by commas."
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


class OwnPictures:
    """The pictures below a folder that a tags.csv names, with their tags.

    Attributes:
        name: the folder's name.
        pictures: those with a line, by name.
        notes: what was left out, or read otherwise than written, and how many.

    Raises:
        UsageError: no table or no picture, or mistakes in the tables: all of them, up to a bound.
    """

    def __init__(self, root: Path, speller: Speller) -> None:
        self.name = root.name or str(root)
        listed = _listed(root)
        tables = _Tables(root, listed, TagMistakes(speller))
        for path in _tables(root):
            tables.read(path)
        if tables.mistakes:
            tables.mistakes.fail(str(root), FORM)
        self.pictures = tuple(
            OwnPicture(listed[name], name, tags) for name, (_, tags) in sorted(tables.found.items())
        )
        if not self.pictures:
            raise UsageError(
                f"{root}: none of the files that {TABLE} names is below it ({some(tables.missing)})."
                f" Names are relative to the {TABLE}."
            )
        without = [name for name in listed if name not in tables.found]
        self.notes = (*_notes(tables.missing, without), *tables.mistakes.note())


class _Tables:
    """What all tables say: ``found`` is name -> where it was read and its tags; ``missing`` are names of no picture."""

    def __init__(self, root: Path, listed: Mapping[str, Path], mistakes: TagMistakes) -> None:
        self._root, self._listed = root, listed
        self.mistakes = mistakes
        self.found: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.missing: list[str] = []

    def read(self, path: Path) -> None:
        """Read one of them."""
        where = path.relative_to(self._root).as_posix()
        table = read_tag_table(path, FILE_COLUMNS, FORM)
        for line, problem in table.problems:
            self.mistakes.add(where, line, problem)
        names = _Names(self._root, path.parent, self._listed)
        for row in table.rows:
            self._take(row, where, names)

    def _take(self, row: TaggedLine, where: str, names: _Names) -> None:
        name, tags = row.cells["file_name"], self.mistakes.tags(where, row.line, row.tags)
        if not name:
            self.mistakes.add(where, row.line, "the name of the file is blank")
            return
        hits = names.find(name)
        if len(hits) > 1:
            several = " or ".join(map(repr, sorted(hits)[:3]))
            self.mistakes.add(where, row.line, f"{name!r} may be {several}")
        elif not hits:
            self.missing.append(name)
        else:
            other, before = self.found.setdefault(hits[0], (f"{where}, line {row.line}", tags))
            if before != tags:
                twice = f"{name!r} has other tags in {other}: keep one line with all of its tags"
                self.mistakes.add(where, row.line, twice)


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


def _notes(missing: Sequence[str], without: Sequence[str]) -> Iterator[str]:
    if missing:
        yield f"{counted(missing, 'file')} of {TABLE} not found: {some(missing)}."
    if without:
        yield f"{counted(without, 'picture')} left out, without a line: {some(without)}."
