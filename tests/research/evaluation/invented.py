"""Invented movies and tags, in the formats of the real files. No number of the genome is in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from movietag.exporting.tables import TAG_ROWS, cells
from movietag.research.evaluation.tables import Joined, NamedMovie
from movietag.research.evaluation.tags import scored_tags
from movietag.search.results import TagRow

Relevance = Mapping[str, Mapping[str, float]]  # title with year -> genome tag -> relevance

GENOME_TAGS = ("gothic", "horror", "neo-noir", "biography", "biopic", "1920s")
MOVIES: Relevance = {
    "Lantern, The (1955)": dict(zip(GENOME_TAGS, (0.9, 0.5, 0.1, 0.2, 0.6, 0.3), strict=True)),
    "Silver Creek (1962)": dict(zip(GENOME_TAGS, (0.2, 0.49, 0.8, 0.1, 0.05, 0.9), strict=True)),
}


def csv_text(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def genome(folder: Path, relevance: Relevance = MOVIES, *, kaggle: bool = False) -> Path:
    """A folder as ml-25m has it, or as copies on Kaggle: other names, and a byte order mark."""
    folder.mkdir(exist_ok=True)
    tags = tuple(next(iter(relevance.values())))
    files = {
        "genome-tags.csv": [("tagId", "tag"), *enumerate(tags, 1)],
        "genome-scores.csv": [
            ("movieId", "tagId", "relevance"),
            *(
                (movie, tag, values[name])
                for movie, values in enumerate(relevance.values(), 7)
                for tag, name in enumerate(tags, 1)
            ),
        ],
        "movies.csv": [
            ("movieId", "title", "genres"),
            *((movie, title, "Drama|Horror") for movie, title in enumerate(relevance, 7)),
        ],
        "links.csv": [
            ("movieId", "imdbId", "tmdbId"),
            *((movie, f"{1000 + movie:07}", "") for movie, _ in enumerate(relevance, 7)),
        ],
    }
    names = {"movies.csv": "movie.csv", "links.csv": "link.csv"}
    for name, rows in files.items():
        there = names.get(name, name.replace("-", "_")) if kaggle else name
        text = csv_text(rows)
        (folder / there).write_text(text, "utf-8-sig" if kaggle else "utf-8")
    return folder


def genome_2021(folder: Path, relevance: Relevance = MOVIES) -> Path:
    """A folder as Tag Genome 2021 has it."""
    (folder / "scores").mkdir(parents=True)
    (folder / "raw").mkdir()
    tags = tuple(next(iter(relevance.values())))
    rows = [
        (tag, movie, values[tag])
        for tag in tags
        for movie, values in enumerate(relevance.values(), 7)
    ]
    (folder / "scores/tagdl.csv").write_text(csv_text([("tag", "item_id", "score"), *rows]))
    lines = (
        {"title": title, "imdbId": f"{1000 + movie:07}", "avgRating": 3.5, "item_id": movie}
        for movie, title in enumerate(relevance, 7)
    )
    (folder / "raw/metadata.json").write_text("\n".join(map(json.dumps, lines)) + "\n")
    return folder


def export(path: Path, rows: Sequence[tuple[str, int, str, int]]) -> Path:
    """An export of rows of title with year, images, tag, count; the id is the title."""
    made = []
    for text, images, tag, count in rows:
        title, year = text[:-7], int(text[-5:-1])
        ratio = count / images if images else 0.0
        made.append(cells(TagRow(text, title, year, images, tag, count, ratio, 1.0), TAG_ROWS))
    path.write_text(
        csv_text([[column.name for column in TAG_ROWS], *made]).replace("\n", "\r\n"), newline=""
    )
    return path


def joined(relevance: Sequence[Sequence[float]], ratios: Sequence[Sequence[float]]) -> Joined:
    """Movies of 100 images over the first tags of MPST."""
    truth = np.array(relevance, dtype=np.float64)
    shares = np.array(ratios, dtype=np.float64)
    return Joined(
        movies=tuple(
            NamedMovie(f"m{row}", f"Movie {row}", 1950 + row) for row in range(len(truth))
        ),
        tags=tuple(scored.tag for scored in scored_tags())[: truth.shape[1]],
        relevance=truth,
        counts=np.rint(shares * 100).astype(np.int64),
        ratios=shares,
        images=np.full(len(truth), 100),
    )


def study(folder: Path, movies: int, seed: int) -> tuple[Path, Path, Path]:
    """A genome of all genome tags that are scored, and two runs over it, before and after."""
    chance = np.random.default_rng(seed)
    tags = sorted({name for scored in scored_tags() for name in scored.genome})
    first = ("Pale", "Iron", "Hollow", "Seventh", "Quiet", "Burning", "Paper", "Distant")
    second = ("Orchard", "Signal", "Harbor", "Winter", "Machine", "Letters", "Crossing", "Mirror")
    pairs = [f"{one} {two}" for one in first for two in second]
    titles = [
        f"{pairs[number % 64]}{' Returns' * (number // 64)} ({1950 + number % 70})"
        for number in range(movies)
    ]
    lean = chance.beta(0.6, 5, len(tags))
    table: dict[str, dict[str, float]] = {}
    for title in titles:
        values = np.clip(lean + chance.beta(0.35, 4, len(tags)), 0, 1).round(5).tolist()
        table[title] = dict(zip(tags, values, strict=True))
    before, after = [], []
    for title, values in table.items():
        images = int(chance.integers(30, 51))
        for scored in scored_tags():
            true = max((values[name] for name in scored.genome), default=0.0)
            seen = int(chance.binomial(images, 0.35 * max(0.0, true - 0.3)))
            said = int(chance.binomial(images, 0.2 + 0.15 * true)) if scored.tier == "exact" else 0
            before.append((title, images, scored.tag, seen))
            after.append((title, images, scored.tag, said))
    return (
        genome(folder / "ml", table),
        export(folder / "before.csv", before),
        export(folder / "after.csv", after),
    )
