from __future__ import annotations

import json
from pathlib import Path

import pytest
from research.evaluation.invented import csv_text, export

from movietag.errors import UsageError
from movietag.exporting.tables import TAG_ROWS, cells
from movietag.research.evaluation.assigned import COLUMNS as READ
from movietag.research.evaluation.assigned import read_assigned
from movietag.research.evaluation.tables import NamedMovie
from movietag.search.naming import FORMULA
from movietag.search.results import TagRow

HEAT, LANTERN = "Heat (1995)", "The Lantern (1955)"


def test_what_the_export_writes(tmp_path: Path) -> None:
    path = export(
        tmp_path / "before.csv",
        [(HEAT, 3, "murder", 1), (HEAT, 3, "cult", 0), (LANTERN, 40, "murder", 40)],
    )
    run = read_assigned(path)
    assert run.name == "before"
    assert run.movies == (
        NamedMovie(HEAT, "Heat", 1995),
        NamedMovie(LANTERN, "The Lantern", 1955),
    )
    assert run.tags == ("cult", "murder")
    assert run.counts.tolist() == [[0, 1], [0, 40]]
    assert run.images.tolist() == [3, 40]
    assert run.ratios.tolist() == [[0, 1 / 3], [0, 1]]


@pytest.mark.parametrize("sign", FORMULA)
def test_the_sign_against_formulas_is_taken_off(tmp_path: Path, sign: str) -> None:
    row = cells(TagRow("m1", f"{sign}9 (film)", None, 1, "cult", 1, 1.0, 1.0), TAG_ROWS)
    (tmp_path / "run.csv").write_text(csv_text([[column.name for column in TAG_ROWS], row]))
    assert read_assigned(tmp_path / "run.csv").movies[0].title == f"{sign}9 (film)"


def test_a_movie_without_images_is_set_apart(tmp_path: Path) -> None:
    path = export(tmp_path / "run.csv", [(HEAT, 3, "murder", 1), (LANTERN, 0, "murder", 0)])
    run = read_assigned(path)
    assert [movie.title for movie in run.movies] == ["Heat"]
    assert [movie.title for movie in run.imageless] == ["The Lantern"]


def test_json_of_a_search(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    movie = {"movie_id": "m1", "title": "Heat", "year": 1995, "images": 4, "status": "complete"}
    tags = {"murder": {"count": 1, "ratio": 0.25}}
    path.write_text(json.dumps({"total": 1, "movies": [{**movie, "tags": tags}]}))
    assert read_assigned(path).ratios.tolist() == [[0.25]]
    tags["murder"]["count"] = 5
    path.write_text(json.dumps({"total": 1, "movies": [{**movie, "tags": tags}]}))
    with pytest.raises(UsageError, match="'murder' in 5 of 4 images"):
        read_assigned(path)
    path.write_text('{"movies": [')
    with pytest.raises(UsageError, match="Was it cut off"):
        read_assigned(path)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("m1,Heat,1995,10,murder,2,0.3", "line 3: count 2, images 10 and ratio 0.3 do not fit"),
        ("m1,Heat,1995,10,murder,11,1", "line 3: count 11, images 10"),
        ("m1,Heat,1995,0,murder,5,0", "line 3: count 5, images 0 and ratio 0 do not fit"),
        ("m1,Heat,1995,10,murder,-1,0", "line 3: count is '-1'"),
        ("m1,Heat,1995,10,murder,1,nan", "line 3: ratio is 'nan'"),
        ("m1,Heat,1995,10,cult,1,0.1", "line 3: 'Heat' has 'cult' twice"),
        ("m1,Heat,1995,20,murder,2,0.1", "line 3: 'Heat' has 20 images here and 10 before"),
        ("m1,Heat,MCM,10,murder,1,0.1", "line 3: year is 'MCM'"),
    ],
)
def test_numbers_that_contradict_each_other(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "run.csv"
    path.write_text(f"{','.join(READ)}\nm1,Heat,1995,10,cult,1,0.1\n{row}\n")
    with pytest.raises(UsageError) as error:
        read_assigned(path)
    assert f"{path}, {says}" in str(error.value)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "no movies"),
        ([(HEAT, 3, "robot", 1)], "none of its tags is one of the 71"),
        ([(HEAT, 0, "cult", 0)], "no movie has an image yet"),
    ],
)
def test_nothing_to_score(tmp_path: Path, rows: list[tuple[str, int, str, int]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_assigned(export(tmp_path / "run.csv", rows))
