"""Small movies of drawn stills, in the layout of a folder per movie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.shots import ShotRenderer
from movietag.frames.jpeg import encode_jpeg
from movietag.research.evaluation.tables import NamedMovie, Reference
from movietag.search.naming import split_year


def still(seed: int, tags: Sequence[str]) -> bytes:
    """A drawn frame that shows these tags, as JPEG."""
    return encode_jpeg(ShotRenderer(seed, tuple(tags), 320, 180).frame(0.5), 85)


def stills(root: Path, movies: Mapping[str, Sequence[str]], frames: int) -> Reference:
    """Draw ``frames`` stills a movie, each with one of its tags or with all; returns what is true."""
    relevance = np.zeros((len(movies), len(DRAWN_TAGS)))
    for row, (name, tags) in enumerate(movies.items()):
        folder = root / name
        folder.mkdir(parents=True)
        lines = ["file_name,tags"]
        for number in range(frames):
            seen = tags if number % 3 == 2 else [tags[number % len(tags)]]
            (folder / f"{number:03}.jpg").write_bytes(still(1000 * row + number, seen))
            lines.append(f'{number:03}.jpg,"{", ".join(seen)}"')
        (folder / "tags.csv").write_text("\n".join(lines) + "\n")
        for place, tag in enumerate(DRAWN_TAGS):
            relevance[row, place] = (
                0.9 - 0.1 * tags.index(tag) if tag in tags else 0.02 + place / 1e3
            )
    named = tuple(NamedMovie(name, *split_year(name)) for name in movies)
    return Reference("drawn", "stills", named, DRAWN_TAGS, relevance)
