"""A media server's layout of 20 local films: NFO files planned, written, read as Kodi reads them, and removed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from exporting.kodi import kodi_movie, kodi_tags
from support import sample_movies

from movietag.documents import TagCount, VideoState
from movietag.errors import UsageError
from movietag.exporting.nfo_files import NfoOptions, NfoStep, carry_out, nfo_steps
from movietag.search.converting import movie_from
from movietag.search.results import Movie
from movietag.vocabulary import load

TAGS = {"horror": TagCount(30, 0.6), "gothic": TagCount(10, 0.2), "cult": TagCount(1, 0.02)}
NFO = b'<?xml version="1.0" encoding="UTF-8"?>\n<movie>\n  <title>%d</title>\n  <tag>mine</tag>\n</movie>\n'


def film(number: int, *files: Path, status: str = "complete") -> Movie:
    """A movie with local videos."""
    body = sample_movies.movie_body(sample_movies.SAMPLES[0], load("mpst"))
    videos = tuple(_video(path) for path in files)
    return msgspec.structs.replace(
        movie_from(body),
        movie_id=f"tt{number:07}",
        title=f"Film {number}",
        year=1990 + number,
        status=status,
        tags=TAGS,
        videos=videos,
    )


def _video(path: Path) -> VideoState:
    video = sample_movies.video(path.name, "fetched")
    return msgspec.structs.replace(video, url=str(path), source="file")


@pytest.fixture
def films(tmp_path: Path) -> list[Movie]:
    """20 folders as a media server has them: with an NFO file of either name, with both, or with none."""
    made = []
    for number in range(1, 21):
        folder = tmp_path / f"Film {number} ({1990 + number})"
        folder.mkdir()
        video = folder / f"{folder.name}.mkv"
        video.write_bytes(b"a film")
        if number % 4 in (1, 3):
            video.with_suffix(".nfo").write_bytes(NFO % number)
        if number % 4 in (2, 3):
            (folder / "movie.nfo").write_bytes(NFO % number)
        made.append(film(number, video))
    return made


def steps(movies: Sequence[Movie], root: Path, options: NfoOptions) -> list[NfoStep]:
    return list(nfo_steps(movies, {one.movie_id for one in movies}, [root], options))


def contents(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_all_of_a_library(films: list[Movie], tmp_path: Path) -> None:
    before = contents(tmp_path)
    options = NfoOptions(min_ratio=0.1, create=True)
    planned = steps(films, tmp_path, options)
    assert contents(tmp_path) == before, "a plan writes nothing"
    assert [step.action for step in planned].count("create") == 5
    assert [step.action for step in planned].count("write") == 20
    for step in planned:
        carry_out(step)
    written = contents(tmp_path)
    for path in tmp_path.rglob("*.nfo"):
        own = ["mine"] if str(path) in before else []
        assert kodi_tags(path.read_bytes()) == [*own, "horror", "gothic"]
    made = kodi_movie((tmp_path / "Film 4 (1994)" / "Film 4 (1994).nfo").read_bytes())
    assert made.findtext("title") == "Film 4"
    assert made.findtext("uniqueid[@type='imdb']") == "tt0000004"
    again = steps(films, tmp_path, options)
    assert {step.action for step in again} == {"unchanged"}
    for step in steps(films, tmp_path, NfoOptions(min_ratio=0.5)):
        carry_out(step)
    assert contents(tmp_path) != written
    for step in steps(films, tmp_path, NfoOptions(min_ratio=1, remove=True)):
        carry_out(step)
    assert contents(tmp_path) == before


def test_files_that_do_not_exist_are_created_on_demand_only(
    films: list[Movie], tmp_path: Path
) -> None:
    skipped = [one for one in steps(films, tmp_path, NfoOptions(0.1)) if one.action == "skip"]
    assert len(skipped) == 5
    assert all("--create" in one.reason for one in skipped)


def test_permissions_and_links_stay(films: list[Movie], tmp_path: Path) -> None:
    target = tmp_path / "Film 1 (1991)" / "Film 1 (1991).nfo"
    moved = target.rename(tmp_path / "elsewhere.nfo")
    moved.chmod(0o640)
    target.symlink_to(moved)
    (step,) = steps(films[:1], tmp_path, NfoOptions(0.1))
    carry_out(step)
    assert target.is_symlink()
    assert moved.stat().st_mode & 0o777 == 0o640
    assert kodi_tags(moved.read_bytes()) == ["mine", "horror", "gothic"]


def test_what_somebody_else_has_changed_meanwhile_stays(films: list[Movie], tmp_path: Path) -> None:
    (step,) = steps(films[:1], tmp_path, NfoOptions(0.1))
    Path(step.path).write_bytes(b"<movie><title>new</title></movie>")
    with pytest.raises(UsageError, match="changed meanwhile"):
        carry_out(step)
    assert Path(step.path).read_bytes() == b"<movie><title>new</title></movie>"


def test_no_file_out_of_the_roots_is_touched(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.mkv").write_bytes(b"a film")
    (outside / "a.nfo").write_bytes(NFO % 1)
    (inside / "a.nfo").symlink_to(outside / "a.nfo")
    for path in (outside / "a.mkv", inside / "a.mkv", inside / "missing.mkv"):
        (step,) = steps([film(1, path)], inside, NfoOptions(0.1, create=True))
        assert step.action == "skip", step
        assert (outside / "a.nfo").read_bytes() == NFO % 1


def test_a_file_of_two_movies_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "movie.nfo").write_bytes(NFO % 1)
    files = [tmp_path / "a.mkv", tmp_path / "b.mkv"]
    for path in files:
        path.write_bytes(b"a film")
    movies = [film(1, files[0]), film(2, files[1])]
    planned = list(nfo_steps(movies, {"tt0000001"}, [tmp_path], NfoOptions(0.1)))
    assert [(step.action, "several movies" in step.reason) for step in planned] == [("skip", True)]


def test_what_cannot_be_tagged_says_why(films: list[Movie], tmp_path: Path) -> None:
    target = tmp_path / "Film 1 (1991)" / "Film 1 (1991).nfo"
    target.write_bytes(b"https://www.imdb.com/title/tt0113277/")
    (step,) = steps(films[:1], tmp_path, NfoOptions(0.1))
    assert (step.action, step.after) == ("skip", None)
    assert "not XML" in step.reason
    running = msgspec.structs.replace(films[4], status="running")
    (step,) = steps([running], tmp_path, NfoOptions(0.1))
    assert dataclasses.asdict(step)["reason"] == "the movie is running"
