"""The films of a folder, by the names that libraries, releases and cameras give files."""

from __future__ import annotations

from pathlib import Path

import pytest

from movietag.rules.film_files import DISC, EXTRA, SAMPLE, VIDEO_SUFFIXES, FolderFilms, films_of
from movietag.rules.titles import title_of

HOME = Path("/media/Films")


def read(*names: str) -> FolderFilms:
    return films_of(HOME, [HOME / name for name in names])


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("Heat (1995).mkv", "Heat", 1995),
        ("Heat.1995.1080p.mkv", "Heat", 1995),
        ("H/Heat (1995)/heat.mkv", "Heat", 1995),
        ("Heat (1995)/tt0113277.mkv", "Heat", 1995),
        ("Heat.1995.1080p.BluRay.x264-GRP/grp-heat.mkv", "Heat", 1995),
        ("Blade.Runner.2049.2017.2160p.MP4", "Blade Runner 2049", 2017),
        ("Amélie Le Fabuleux (2001).mp4", "Amélie Le Fabuleux", 2001),
        ("千と千尋の神隠し (2001).mkv", "千と千尋の神隠し", 2001),
        ("What's Up, Doc? (1972).m4v", "What's Up, Doc?", 1972),
        ("Shorts/La Jetée (1962).mkv", "La Jetée", 1962),
        ("holiday.mov", "holiday", None),
    ],
)
def test_title_and_year_of_a_file(name: str, title: str, year: int | None) -> None:
    (film,) = read(name).films
    assert (film.title.title, film.title.year, film.files) == (title, year, (HOME / name,))
    assert title_of(film.text) == film.title, "the text that is sent names another film"


def test_the_folder_itself_names_a_single_film() -> None:
    folder = Path("/media/Heat (1995)")
    (film,) = films_of(folder, [folder / "movie.mkv"]).films
    assert film.title.movie_id == title_of("Heat (1995)").movie_id


def test_ids_in_a_folder_of_the_film_count() -> None:
    (film,) = read("Heat (1995) {imdb-tt0113277}/heat.mkv").films
    assert film.title.imdb == "tt0113277"


@pytest.mark.parametrize("suffix", sorted(VIDEO_SUFFIXES))
def test_no_suffix_of_a_video_is_of_its_title(suffix: str) -> None:
    for name in ("Heat (1995)", "Heat.1995", "heat"):
        (film,) = read(f"{name}{suffix.upper()}").films
        assert film.title.title.casefold() == "heat"


def test_files_of_one_title_are_one_film() -> None:
    (film,) = read("Heat (1995) - cd2.avi", "Heat (1995) - cd1.avi", "x/Heat.1995.mkv").films
    assert [file.name for file in film.files] == [
        "Heat (1995) - cd1.avi",
        "Heat (1995) - cd2.avi",
        "Heat.1995.mkv",
    ]


def test_what_is_no_film_is_counted_by_kind() -> None:
    found = read(
        *("Heat (1995)/Heat.1995.mkv", "Heat (1995)/Heat (1995).srt", "Heat (1995)/poster.JPG"),
        *("Heat (1995)/Sample/heat-sample.mkv", "Heat.1995.sample.mkv", "README"),
        *("Making Of/Featurettes/making of.mkv", "Ran/VIDEO_TS/VTS_01_1.VOB"),
        *(".DS_Store", "._Heat (1995).mkv"),
    )
    assert [film.title.title for film in found.films] == ["Heat"]
    assert found.videos == 1
    assert found.left_out == {SAMPLE: 2, EXTRA: 1, DISC: 1}
    assert found.no_videos == {".srt": 1, ".jpg": 1, "": 1}
    assert not found.unread


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("He\nat (1995).mkv", "control character U+000A"),
        ("Heat (1995) \udcff.mkv", "not UTF-8"),
        ("tt0113277.mkv", "gives no title"),
    ],
)
def test_a_name_that_gives_no_title(name: str, says: str) -> None:
    found = read(name, "Ran (1985).mkv")
    assert [film.title.title for film in found.films] == ["Ran"]
    ((path, why),) = found.unread.items()
    assert path.encode() == str(HOME / name).encode("utf-8", "backslashreplace")
    assert says in why


def test_a_path_too_long_for_a_title_is_read_by_its_name() -> None:
    (film,) = read(f"{'a' * 150}/{'b' * 150}/Heat (1995).mkv").films
    assert film.title.movie_id == title_of("Heat (1995)").movie_id
