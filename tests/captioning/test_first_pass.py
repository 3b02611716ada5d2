"""What an earlier pass found, read from its run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from movietag.cli.first_pass import MOST_FOUND, read_first
from movietag.errors import UsageError


def write(folder: Path, tags: list[str]) -> Path:
    path = folder / "run.json"
    counts = {tag: {"count": 1, "ratio": 0.5} for tag in tags}
    path.write_text(json.dumps({"tagger": "a@1", "movies": [{"movie_id": "m", "tags": counts}]}))
    return path


def test_the_most_frequent_tags_of_each_movie(tmp_path: Path) -> None:
    tags = [f"tag {number}" for number in range(MOST_FOUND + 5)]
    assert read_first(write(tmp_path, tags)) == {"m": tuple(tags[:MOST_FOUND])}


@pytest.mark.parametrize("text", ["", "[]", '{"movies": [{"movie_id": "m"}]}', "\x00"])
def test_another_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"is not a run .*movietag recaption --out"):
        read_first(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json cannot be read: No such file"):
        read_first(tmp_path / "none.json")
