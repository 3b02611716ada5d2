"""Which videos are taken: precision and recall of pairs and of whole lists, beside two baselines.

    python -m benchmarks.ranking [--catalogue FILE] [FILE ...]

The files are tables of kind ``ranking`` (benchmarks.cases), by default those in tests/cases, and one of names in
other languages, which need a catalogue; a column ``set`` parts
a table. *Pairs*: each video is
judged by itself. *Lists*: the videos of one movie are the results of one search, in 20 orders drawn from a fixed
seed, of which the best five are taken; recall is of as many films as five places can hold. The baselines take what the
search gives first (all pairs; five of a list), and what the rule of 0.1 accepts. With a catalogue (JSON: a list of
``movietag.crawl.known_film.KnownFilm``, by default tests/cases/catalogue.json) the film that each title means is chosen
from it as from the answer of a service. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.cases.ranking import COLUMNS, SECONDS, hit_of, year_of
from benchmarks.cases.tables import read_table
from benchmarks.former_ranking.judging import Judge as FormerJudge
from movietag.catalogue.choosing import choose_film
from movietag.catalogue.film import WantedFilm
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.ranking import THRESHOLD, rank
from movietag.crawl.search_job import SearchHit

TABLES: Final = Path(__file__).parents[1] / "tests" / "cases"
CATALOGUE: Final = TABLES / "catalogue.json"
OTHER_TITLES: Final = TABLES / "catalogue" / "other_titles.tsv"  # names that need one
BEST: Final = 5
ORDERS: Final = 20

Row = Mapping[str, str]
Chooser = Callable[[str, int | None, Sequence[SearchHit]], list[int]]  # positions, best first


def now(
    title: str, year: int | None, hits: Sequence[SearchHit], film: KnownFilm | None = None
) -> list[int]:
    """What movietag accepts today."""
    ranking = rank(title, year, hits, min_seconds=SECONDS, max_seconds=SECONDS, film=film)
    return [int(video.video_id.removeprefix("youtube:id")) for video in ranking.accepted]


def with_catalogue(path: Path) -> Chooser:
    """What movietag accepts today, with a catalogue of the films in a file."""
    films = msgspec.json.decode(path.read_bytes(), type=list[KnownFilm])

    @cache
    def film_of(title: str, year: int | None) -> KnownFilm | None:
        film = choose_film(WantedFilm(title, year), films)
        return film if isinstance(film, KnownFilm) else None

    return lambda title, year, hits: now(title, year, hits, film_of(title, year))


def former(title: str, year: int | None, hits: Sequence[SearchHit]) -> list[int]:
    """What the rule of 0.1 accepts."""
    judge = FormerJudge(title, year)
    scored = [(judge.score(hit.title, verified=hit.verified)[0], hit) for hit in hits]
    best = sorted((one for one in scored if one[0] >= THRESHOLD), key=lambda one: -one[0])
    return [hit.position for _, hit in best]


def first(_title: str, _year: int | None, hits: Sequence[SearchHit]) -> list[int]:
    """What the search gives, as it comes."""
    return [hit.position for hit in hits]


CHOOSERS: Final[dict[str, Chooser]] = {"now": now, "0.1": former, "first": first}


def pairs(rows: Sequence[Row], choose: Chooser) -> tuple[float, float]:
    """Precision and recall over single videos."""
    taken = [bool(choose(row["movie title"], year_of(row), [hit_of(row, 0)])) for row in rows]
    films = [row["verdict"] == "film" for row in rows]
    right = sum(one and film for one, film in zip(taken, films, strict=True))
    return right / max(1, sum(taken)), right / max(1, sum(films))


def lists(rows: Sequence[Row], choose: Chooser) -> tuple[float, float]:
    """Precision and recall over the best five of each movie's videos, over all orders."""
    movies: defaultdict[tuple[str, int | None], list[Row]] = defaultdict(list)
    for row in rows:
        movies[row["movie title"], year_of(row)].append(row)
    right = taken = possible = 0
    for seed in range(ORDERS):
        for (title, year), videos in movies.items():
            order = random.Random(f"{seed} {title}").sample(videos, len(videos))
            hits = [hit_of(row, position) for position, row in enumerate(order)]
            best = choose(title, year, hits)[:BEST]
            taken += len(best)
            right += sum(order[position]["verdict"] == "film" for position in best)
            possible += min(BEST, sum(row["verdict"] == "film" for row in order))
    return right / max(1, taken), right / max(1, possible)


def tables(paths: Sequence[Path]) -> dict[str, list[Row]]:
    """The rows of each table, and of each set in it, by name."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for path in paths:
        for row in read_table(path, COLUMNS):
            found[f"{path.stem} {row.get('set', '')}".strip()].append(row)
    return found


def main(arguments: Sequence[str]) -> None:
    """Measure every table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE, metavar="FILE")
    parser.add_argument("tables", nargs="*", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    choosers = {"catalogue": with_catalogue(given.catalogue)} | CHOOSERS
    figures: dict[str, dict[str, dict[str, float]]] = {}
    print(f"{'table':24} rule   pairs: precision  recall  best five: precision  recall")
    paths = given.tables or [*sorted(TABLES.glob("ranking*.tsv")), OTHER_TITLES]
    for table, rows in tables(paths).items():
        figures[table] = {}
        for name, choose in choosers.items():
            single, listed = pairs(rows, choose), lists(rows, choose)
            named = ("precision", "recall", "list_precision", "list_recall")
            values = dict(zip(named, (*single, *listed), strict=True))
            figures[table][name] = {key: round(value, 4) for key, value in values.items()}
            print(
                f"{table:24} {name:9} {single[0]:13.3f} {single[1]:7.3f}"
                f"  {listed[0]:20.3f} {listed[1]:7.3f}"
            )
    print(json.dumps({"benchmark": "ranking", "tables": figures}))


if __name__ == "__main__":
    main(sys.argv[1:])
