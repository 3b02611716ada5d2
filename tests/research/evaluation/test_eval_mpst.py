from __future__ import annotations

from pathlib import Path

import pytest
from research.evaluation.invented import csv_text

from movietag.errors import UsageError
from movietag.research.evaluation.mpst import read_mpst

HEADER = ("imdb_id", "title", "plot_synopsis", "tags", "split", "synopsis_source")


def write(path: Path, *rows: tuple[str, str, str]) -> Path:
    text = 'A storm,\nand a "lighthouse".'
    made = [(imdb, title, text, tags, "train", "wikipedia") for imdb, title, tags in rows]
    path.write_text(csv_text([HEADER, *made]))
    return path


def test_movies_and_tags(tmp_path: Path) -> None:
    found = read_mpst(
        write(
            tmp_path / "mpst.csv",
            ("tt0000007", "Lantern", "gothic, murder"),
            ("tt0000008", "Lantern", "sci-fi"),
        )
    )
    assert [movie.movie_id for movie in found.movies] == ["tt0000007", "tt0000008"]
    assert found.movies[0].year is None
    given = [[found.tags[at] for at in row.nonzero()[0]] for row in found.relevance]
    assert given == [["gothic", "murder"], ["sci-fi"]]
    assert set(found.relevance.flat) == {0.0, 1.0}
    assert len(found.tags) == 71


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("0x7", "Lantern", "gothic"), "imdb_id is '0x7'"),
        (("tt0000001", "Lantern", "gothic"), "tt0000001 is listed twice"),
        (("tt0000007", "Lantern", " "), "tt0000007 has no tags"),
        (("tt0000007", "Lantern", "gothic; murder"), "'gothic; murder' is not one of the 71 tags"),
    ],
)
def test_a_spoilt_row_is_named_by_its_line(
    tmp_path: Path, row: tuple[str, str, str], says: str
) -> None:
    path = write(tmp_path / "mpst.csv", ("tt0000001", "First", "cult"), row)
    with pytest.raises(UsageError) as error:
        read_mpst(path)
    assert f"{path}, line 5: {says}" in str(error.value)


def test_a_file_without_movies(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no movies after the header"):
        read_mpst(write(tmp_path / "mpst.csv"))
