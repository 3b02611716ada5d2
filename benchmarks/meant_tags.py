"""Which words get a tag suggested by its meaning: synonyms of tags, and words of titles, at several floors.

The synonyms are the aliases of `mpst-aliases` that are spelled like no tag of `mpst`, each of which belongs to one tag.
The other words are those that people type for titles, from tables with a column "query as typed"; of them no suggestion
is right. The floor is the default of MOVIETAG_EMBEDDER_TAG_FLOOR.

    python -m benchmarks.meant_tags tests/cases/search_titles*.tsv
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.cases.tables import read_table
from movietag.embedding.embedder import Embedder, embedder_of
from movietag.search.meant_tags import MeantTags
from movietag.search.query.tags import TagNames
from movietag.vocabulary import load, words

FLOORS: Final = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
MPST: Final = load("mpst")
NAMES: Final = TagNames(MPST)


def synonyms() -> Iterator[tuple[str, str]]:
    """Words that mean a tag, and the tag."""
    for tag, forms in load("mpst-aliases").aliases.items():
        yield from ((form, tag) for form in forms if is_unlike(form))


def typed(tables: Sequence[Path]) -> list[str]:
    """The words that people type for titles."""
    texts = [
        row["query as typed"] for table in tables for row in read_table(table, ["query as typed"])
    ]
    parts = dict.fromkeys(part for text in texts for part in text.split() if len(part) > 2)
    return [part for part in parts if words(part) and is_unlike(part)]


def is_unlike(text: str) -> bool:
    """Whether a text names no tag and is spelled like none."""
    return NAMES.find(text) is None and not NAMES.nearest(text)


async def measured(embedder: Embedder, others: Sequence[str], floor: float) -> str:
    """A line of the table."""
    tags = MeantTags(embedder, MPST.tags, floor)
    known = list(synonyms())
    hints = [(await tags.nearest(form), tag) for form, tag in known]
    first = sum(near[:1] == [tag] for near, tag in hints)
    wrong = sum(bool(near) and near[0] != tag for near, tag in hints)
    told = {one: near[0] for one in others if (near := await tags.nearest(one))}
    shown = ", ".join(f"{one} -> {tag}" for one, tag in list(told.items())[:8])
    return f"{floor:.2f} {first / len(known):>6.0%} {wrong / len(known):>6.0%} {len(told) / len(others):>6.1%}  {shown}"


async def main(tables: Sequence[Path]) -> None:
    """Print a line for each floor."""
    embedder = embedder_of("minilm")
    assert embedder is not None
    others = typed(tables)
    print(f"{len(list(synonyms()))} synonyms, {len(others)} other words")
    print(
        "floor: synonyms whose tag is first, with another one first; other words with a suggestion"
    )
    for floor in FLOORS:
        print(await measured(embedder, others, floor))


if __name__ == "__main__":
    asyncio.run(main([Path(one) for one in sys.argv[1:]]))
