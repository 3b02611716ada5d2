from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from movietag.drawn.catalogue import FILMS
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.movies import plan_movie
from movietag.drawn.truth import DemoTruth, MovieTruth
from movietag.errors import UsageError
from movietag.research.evaluation.drawn import from_truth, read_drawn
from movietag.rules.titles import parse_title


def truth(*lines: str, relevance: dict[str, float] | None = None) -> DemoTruth:
    movies = tuple(
        MovieTruth(line, line, None, 1.0, relevance or {"gothic": 0.7}, (), (), ())
        for line in lines
    )
    return DemoTruth("abc", movies, "Nobody (1931)")


def test_the_catalogue_of_the_demo() -> None:
    plans = [plan_movie(film) for film in FILMS]
    movies = tuple(
        MovieTruth(p.film.line, p.film.title, p.film.year, 1.0, p.relevance(), (), (), ())
        for p in plans
    )
    found = from_truth(DemoTruth("abc", movies, "Nobody (1931)"), "truth.json")
    assert [movie.title for movie in found.movies] == [film.title for film in FILMS]
    assert found.movies[1].movie_id == parse_title(FILMS[1].line.encode()).movie_id
    for row, plan in zip(found.relevance, plans, strict=True):
        drawn = {tag: row[found.tags.index(tag)] for tag in DRAWN_TAGS}
        assert drawn == plan.relevance()


def test_a_tag_that_is_never_drawn_is_known_to_be_wrong() -> None:
    found = from_truth(truth("Heat (1995)"), "truth.json")
    assert len(found.tags) == 71
    assert not found.absent
    assert found.relevance.sum() == 0.7


def test_a_library_file(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_bytes(msgspec.json.encode(truth("Heat (1995)")))
    assert read_drawn(path).movies[0].year is None
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UsageError, match=r"truth\.json.*truncated.*draw it again"):
        read_drawn(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_drawn(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (truth(), "no movies"),
        (truth(" "), "blank"),
        (truth("Heat (1995)", relevance={"gothic": 1.2}), "relevance of 'gothic' is 1.2"),
    ],
)
def test_a_truth_that_is_none(made: DemoTruth, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        from_truth(made, "truth.json")
