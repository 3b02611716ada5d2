"""Which dead letters are acted on: by their ids, or all that match a query."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from movietag.documents import LetterBody
from movietag.search.naming import NothingFound, plain
from movietag.search.reader import LetterQuery, Reader
from movietag.search.scans import scan_letters


@dataclass(frozen=True, slots=True)
class LetterSelection:
    """Letters by id; without ids, all that match ``query``."""

    letter_ids: Sequence[str]
    query: LetterQuery


async def letter_by_id(library: Reader, letter_id: str) -> LetterBody:
    """The letter with an id.

    Raises:
        NothingFound: no letter has this id, or it was purged.
    """
    letters = await library.letters(LetterQuery(letter_id=letter_id, limit=1))
    if not letters.letters:
        raise NothingFound(f"No dead letter {plain(letter_id)}. See: movietag dead list")
    return letters.letters[0]


async def count_selected(library: Reader, selection: LetterSelection) -> int:
    """How many letters are selected; raises NothingFound where an id has none."""
    if not selection.letter_ids:
        return (await library.letters(selection.query)).total
    return len([letter async for letter in selected_letters(library, selection)])


async def selected_letters(
    library: Reader, selection: LetterSelection
) -> AsyncGenerator[LetterBody, None]:
    """The letters that are selected, each once; raises NothingFound where an id has none."""
    if selection.letter_ids:
        for letter_id in dict.fromkeys(selection.letter_ids):
            yield await letter_by_id(library, letter_id)
        return
    async with aclosing(scan_letters(library, selection.query)) as letters:
        async for letter in letters:
            yield letter
