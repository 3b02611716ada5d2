"""A movie and a video's title: does the video show the film (``film``), or something else (``other``)?

Each row is judged by itself, so that a table of pairs needs no whole searches. Besides what is right, the last line
says precision and recall of what is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.cases import Outcome, TableError
from movietag.crawl.ranking import rank
from movietag.crawl.search_job import SearchHit

COLUMNS: Final = ("movie title", "year", "video title", "verified", "verdict")
SECONDS: Final = 120.0  # of every video: titles alone are judged


def check(row: Mapping[str, str]) -> Outcome:
    """Rank the video by itself, and compare whether it is accepted."""
    if row["verdict"] not in {"film", "other"}:
        raise TableError(f"{row['verdict']!r} is no verdict; write film or other.")
    found = hit_of(row, 0)
    ranking = rank(
        row["movie title"], year_of(row), [found], min_seconds=SECONDS, max_seconds=SECONDS
    )
    (video,) = ranking.accepted + ranking.rejected
    right = bool(ranking.accepted) == (row["verdict"] == "film")
    return Outcome(right, f"{video.score:g} points: {', '.join(video.reasons)}")


def hit_of(row: Mapping[str, str], position: int) -> SearchHit:
    """The row's video as a result of a search."""
    return SearchHit(
        extractor="youtube",
        id=f"id{position}",
        url=f"https://www.youtube.com/watch?v=id{position}",
        title=row["video title"],
        position=position,
        seconds=SECONDS,
        verified=row["verified"] == "1",
    )


def year_of(row: Mapping[str, str]) -> int | None:
    """The year of the row's movie, if it has one.

    Raises:
        TableError: it is no number.
    """
    try:
        return int(row["year"]) if row["year"] else None
    except ValueError:
        raise TableError(f"{row['year']!r} is no year.") from None


def figures(rows: Sequence[Mapping[str, str]], outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Precision and recall: of the videos accepted those that show the film, and of those that do, those accepted."""
    right = wrong = missed = 0
    for row, outcome in zip(rows, outcomes, strict=True):
        film = row["verdict"] == "film"
        right += film and outcome.right
        missed += film and not outcome.right
        wrong += not film and not outcome.right
    return {
        "precision": round(right / (right + wrong), 4) if right + wrong else 1.0,
        "recall": round(right / (right + missed), 4) if right + missed else 1.0,
    }
