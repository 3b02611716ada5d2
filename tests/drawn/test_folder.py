"""The films of the tutorial: a folder of files whose names are titles."""

from __future__ import annotations

from pathlib import Path

import pytest

from movietag.drawn.folder import FILMS, draw_folder, shot_tags
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.rules.titles import parse_title


def test_every_name_is_a_title_of_its_own_with_tags_that_can_be_drawn() -> None:
    titles = {parse_title(f"films/{film.name}.mp4".encode()) for film in FILMS}
    assert len({title.movie_id for title in titles}) == 20
    assert all(title.year for title in titles)
    assert {f"{title.title} ({title.year})" for title in titles} == {film.name for film in FILMS}
    assert {tag for film in FILMS for tag in film.tags} <= set(DRAWN_TAGS)
    assert [shot_tags(film).count(film.tags[0]) for film in FILMS] == [8] * 20


@pytest.mark.heavy
def test_a_film_that_is_there_is_not_drawn_again(tmp_path: Path) -> None:
    folder = tmp_path / "my films"
    draw_folder(folder, FILMS[:2])
    first, second = (folder / f"{film.name}.mp4" for film in FILMS[:2])
    first.write_bytes(b"mine")
    drawn = second.stat()
    draw_folder(folder, FILMS[:2])
    assert first.read_bytes() == b"mine"
    assert second.stat() == drawn
    assert drawn.st_size > 100_000
