"""The forms of Kometa and MovieLens: read back by the parsers that their readers use."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from support import sample_movies

from movietag.documents import TagCount
from movietag.errors import UsageError
from movietag.exporting.kometa import kometa_metadata
from movietag.exporting.movielens import MovieLensIds, read_links, write_movielens
from movietag.search.converting import movie_from
from movietag.search.results import Movie
from movietag.vocabulary import load

BASE = movie_from(sample_movies.movie_body(sample_movies.SAMPLES[0], load("mpst")))


def movie(movie_id: str, title: str, **tags: float) -> Movie:
    counts = {tag: TagCount(round(100 * ratio), ratio) for tag, ratio in tags.items()}
    return msgspec.structs.replace(
        BASE, movie_id=movie_id, title=title, year=1995, tags=counts, status="complete"
    )


MOVIES = (
    movie("tt0113277", "Heat", crime=0.5, noir=0.05),
    movie("tmdb-862", "Toy Story", cute=0.9),
    movie("amelie-1995-1", 'Amélie: "no" # {}', romantic=0.3),
    movie("amelie-1995-2", 'Amélie: "no" # {}', romantic=0.3),
    movie("none-1995-3", "Nothing", cult=0.01),
)


async def read(movies: tuple[Movie, ...]) -> AsyncIterator[Movie]:
    for one in movies:
        yield one


async def labels(movies: tuple[Movie, ...]) -> Any:
    return yaml.safe_load(b"".join([part async for part in kometa_metadata(read(movies), 0.1)]))


async def test_kometa_matches_by_id_or_title() -> None:
    matched = {"match": {"title": 'Amélie: "no" # {}', "year": 1995}, "label": ["romantic"]}
    assert await labels(MOVIES) == {
        "metadata": {
            "tt0113277": {"label": ["crime"]},
            862: {"label": ["cute"]},
            'Amélie: "no" # {} (1995) [amelie-1995-1]': matched,
            'Amélie: "no" # {} (1995) [amelie-1995-2]': matched,
        }
    }


async def test_kometa_reads_any_title() -> None:
    """One character that YAML forbids, or a key of more than 1,024, made the whole file unreadable."""
    titles = ("A\ufffeB", "C\uffff\x85\u2028D", '"\\' * 250, "Heat")
    entries = await labels(tuple(movie(f"id-{at}", one, cult=0.5) for at, one in enumerate(titles)))
    matched = [entry["match"]["title"] for entry in entries["metadata"].values()]
    assert matched == ["AB", "C  D", '"\\' * 250, "Heat"]


async def test_kometa_without_movies() -> None:
    assert await labels(()) == {"metadata": {}}


async def test_movielens_knows_its_own_movies(tmp_path: Path) -> None:
    known = tmp_path / "ml-links.csv"
    known.write_text("movieId,imdbId,tmdbId\n1,0114709,862\n6,0113277,949\n7,0114319,\n")
    done = await write_movielens(read(MOVIES), tmp_path, read_links(known), 0.1)
    assert done == (4, 4)
    tables = {}
    for name in ("tags", "links", "movies"):
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file, strict=True))
    assert [(row["movieId"], row["tag"]) for row in tables["tags"][:2]] == [
        ("6", "crime"),
        ("1", "cute"),
    ]
    assert {row["timestamp"] for row in tables["tags"]} == {str(BASE.updated_ms // 1000)}
    assert tables["links"][:2] == [
        {"movieId": "6", "imdbId": "0113277", "tmdbId": ""},
        {"movieId": "1", "imdbId": "", "tmdbId": "862"},
    ]
    own = [int(row["movieId"]) for row in tables["movies"][2:]]
    assert len(set(own)) == 2
    assert all(1 << 40 <= one < 1 << 53 for one in own)
    assert own == [MovieLensIds({}, {}).of(f"amelie-1995-{one}") for one in (1, 2)]


@pytest.mark.parametrize("text", ["a,b,c\n", "movieId,imdbId,tmdbId\n1,x,2\n", ""])
def test_what_is_no_links_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "links.csv").write_text(text)
    with pytest.raises(UsageError, match=r"links\.csv"):
        read_links(tmp_path / "links.csv")
