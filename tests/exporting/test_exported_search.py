"""Tables of a search over HTTP, from the page and by the command: the same rows in the same order as the search."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from movietag.cli import app
from movietag.search.every import every_movie, every_scene
from movietag.search.reader import Reader
from movietag.search.scenes import SceneSearch, scenes

ORDERS = ("ratio", "lift", "recency", "title")
QUERIES = ("", "horror>=30% and not comedy", "murder or gothic", "moonlit", "mooonlit harbor")


def table(answer: httpx.Response, form: str) -> list[dict[str, Any]]:
    """The rows of a response."""
    assert answer.status_code == 200, answer.text
    if form == "csv":
        return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    if form == "jsonl":
        return [json.loads(line) for line in answer.text.splitlines()]
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    return rows


@pytest.mark.parametrize("by", ORDERS)
@pytest.mark.parametrize("q", QUERIES)
def test_movies_are_those_of_the_search_in_its_order(served: httpx.Client, q: str, by: str) -> None:
    found = served.get("/api/movies", params={"q": q, "by": by, "limit": 100}).json()
    for form in ("csv", "jsonl", "parquet"):
        answer = served.get(f"/api/export/movies.{form}", params={"q": q, "by": by})
        rows = table(answer, form)
        assert [row["movie_id"] for row in rows] == [one["movie_id"] for one in found["movies"]]


@pytest.mark.parametrize("by", ["title", "length"])
@pytest.mark.parametrize("q", ["", "murder", "gothic and not comedy", "moonlit"])
def test_scenes_are_those_of_the_search_in_its_order(served: httpx.Client, q: str, by: str) -> None:
    found = served.get("/api/scenes", params={"q": q, "by": by, "limit": 100}).json()
    assert "next" not in found
    for form in ("csv", "jsonl", "parquet"):
        rows = table(served.get(f"/api/export/scenes.{form}", params={"q": q, "by": by}), form)
        assert [(row["movie_id"], float(row["start"]), float(row["end"])) for row in rows] == [
            (one["movie_id"], one["start"], one["end"]) for one in found["scenes"]
        ]


def test_the_formats_say_the_same(served: httpx.Client) -> None:
    read = {
        form: table(served.get(f"/api/export/movies.{form}", params={"q": "harbor"}), form)
        for form in ("csv", "jsonl", "parquet")
    }
    (cells,), (lines,), (rows,) = read.values()
    assert list(cells) == list(lines) == list(rows)
    horror = next(one for one in lines["tags"] if one["tag"] == "horror")
    assert horror in rows["tags"]
    assert (horror["count"], horror["ratio"]) == (41, 0.5)
    assert "horror(41, 50.00%)" in cells["tags"]
    assert rows["added"].isoformat(timespec="milliseconds") == lines["added"].replace("Z", "+00:00")
    assert cells["added"] == lines["added"]


def test_no_cell_is_a_formula(served: httpx.Client) -> None:
    answer = served.get("/api/export/movies.csv", params={"q": "movie:evil"})
    (row,) = table(answer, "csv")
    assert row["title"].startswith("'=HYPERLINK")
    assert "\x1b" not in answer.text
    (raw,) = table(served.get("/api/export/movies.jsonl", params={"q": "movie:evil"}), "jsonl")
    assert raw["title"].startswith("=HYPERLINK")  # nothing runs a formula there


def test_the_answer_is_a_file_with_a_type(served: httpx.Client) -> None:
    answer = served.get("/api/export/scenes.parquet", params={"q": "murder"})
    assert answer.headers["content-disposition"] == 'attachment; filename="movietag-scenes.parquet"'
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("movies.csv", {"q": "horror and"}, 400),
        ("movies.csv", {"by": "text"}, 400),
        ("movies.xls", {}, 422),
        ("scenes.csv", {"by": "ratio"}, 422),
        ("scenes.csv", {"by": "text"}, 400),
    ],
)
def test_mistakes_are_answered_with_their_status(
    served: httpx.Client, path: str, params: dict[str, str], status: int
) -> None:
    answer = served.get(f"/api/export/{path}", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_export_that_is_not_read_to_its_end_frees_its_place(served: httpx.Client) -> None:
    for _ in range(12):
        with served.stream("GET", "/api/export/scenes.jsonl") as answer:
            assert answer.status_code == 200


@pytest.mark.usefixtures("filled")
def test_the_command_writes_the_same_bytes(served: httpx.Client, tmp_path: Path) -> None:
    for name, words, path, params in (
        ("a.csv", ("horror", "--by", "title"), "movies.csv", {"q": "horror", "by": "title"}),
        ("b.jsonl", ("murder", "--table", "scenes"), "scenes.jsonl", {"q": "murder"}),
        (
            "d.csv",
            ("murder", "--table", "scenes", "--by", "length"),
            "scenes.csv",
            {"q": "murder", "by": "length"},
        ),
        ("c.parquet", ("horror",), "movies.parquet", {"q": "horror"}),
    ):
        result = CliRunner().invoke(app, ["export", str(tmp_path / name), *words])
        assert result.exit_code == 0, result.output
        answer = served.get(f"/api/export/{path}", params=params)
        assert (tmp_path / name).read_bytes() == answer.content


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "words",
    [
        ("-", "horror", "--table", "tags"),
        ("-", "--by", "title"),
        ("-", "--table", "scenes", "--by", "ratio"),
        ("-", "--by", "length"),
    ],
)
def test_what_does_not_fit_together_is_refused(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["export", *words]).exit_code == 2


async def test_pages_of_a_scan_are_joined(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pages are, movies and scenes come once and in order."""
    where = reader.parse("horror or comedy or murder")
    frames = reader.parse("horror or comedy or murder", "frames")
    movies = [movie.movie_id async for movie in every_movie(reader, where)]
    expected = (await scenes(reader, SceneSearch(frames, 1000))).scenes
    monkeypatch.setattr("movietag.search.every.MOVIES_A_PAGE", 2)
    monkeypatch.setattr("movietag.search.every.MOST_FRAMES", 7)
    assert [movie.movie_id async for movie in every_movie(reader, where)] == movies
    assert len(movies) > 3
    assert [scene async for scene in every_scene(reader, frames, 1)] == list(expected)
    assert len(expected) > 4


@pytest.mark.usefixtures("filled")
def test_tags_in_forms_of_others(tmp_path: Path) -> None:
    labels = CliRunner().invoke(app, ["export", "-", "harbor", "--format", "kometa"])
    assert labels.exit_code == 0, labels.output
    assert (
        '      title: "Moonlit Harbor"\n      year: 1998\n    label:\n      - "gothic"'
        in labels.stdout
    )
    folder = tmp_path / "ml"
    done = CliRunner().invoke(
        app, ["export", str(folder), "harbor", "--format", "movielens", "--json"]
    )
    assert done.exit_code == 0, done.output
    rows = table_of(folder / "tags.csv")
    assert json.loads(done.stdout) == {"path": str(folder), "movies": 1, "rows": len(rows)}
    assert "gothic" in {row["tag"] for row in rows}


@pytest.mark.usefixtures("filled")
def test_nfo_files_of_a_library_without_local_videos() -> None:
    result = CliRunner().invoke(app, ["nfo", "harbor"])
    assert (result.exit_code, "No movie has local videos" in result.stdout) == (1, True)


def table_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))
