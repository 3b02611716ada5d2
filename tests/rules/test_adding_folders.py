"""`movietag add --folder`: what is sent, what is known, and what is told of the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from click.testing import Result
from support import sample_movies
from typer.testing import CliRunner

from movietag.cli.add import add
from movietag.fleet.stage_roots import StageRoots
from movietag.kafka.workers import this_worker
from movietag.rules.titles import title_of
from movietag.search.converting import movie_from
from movietag.search.results import Movie
from movietag.settings import Settings, get_settings
from movietag.vocabulary import load

HEAT = title_of("Heat (1995)").movie_id


def movie_of_files(movie_id: str, *files: Path, status: str = "complete") -> Movie:
    body = sample_movies.movie_body(sample_movies.SAMPLES[0], load("mpst"))
    video = sample_movies.video("a", "fetched")
    videos = tuple(
        msgspec.structs.replace(video, url=os.path.realpath(path), source="file") for path in files
    )
    return msgspec.structs.replace(
        movie_from(body), movie_id=movie_id, status=status, videos=videos
    )


class Adding:
    """The command with a library of these movies; ``sent`` is what reaches Kafka."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        self.movies: dict[str, Movie] = {}
        self.sent: list[dict[str, Any]] = []
        self.bulk = False

        async def known(_: Settings, ids: Sequence[str]) -> dict[str, Movie]:
            return {name: self.movies[name] for name in ids if name in self.movies}

        async def send(
            _: Settings, values: Sequence[bytes], report: Callable[[int], None], *, bulk: bool
        ) -> None:
            self.bulk = bulk
            self.sent += map(json.loads, values)
            report(len(values))

        async def at_work(_: Settings) -> tuple[StageRoots, ...]:
            return self.at_work

        self.at_work: tuple[StageRoots, ...] = ()
        monkeypatch.setattr("movietag.cli.title_files.roots_at_work", at_work)
        monkeypatch.setattr("movietag.cli.folder_films.known_movies", known)
        monkeypatch.setattr("movietag.cli.add.send_titles", send)
        monkeypatch.setattr("movietag.cli.add.tell_ahead", lambda *_: None)
        self.roots(folder)

    def roots(self, *folders: Path) -> None:
        self._patch.setenv("MOVIETAG_ROOTS", ",".join(map(str, folders)))
        get_settings.cache_clear()

    def file(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")
        return path

    def __call__(self, *options: str) -> Result:
        app = typer.Typer()
        app.command()(add)
        return CliRunner().invoke(app, ["--folder", str(self.folder), *options])


@pytest.fixture
def adding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adding]:
    folder = tmp_path / "my films é"
    folder.mkdir()
    yield Adding(folder, monkeypatch)
    get_settings.cache_clear()


def test_each_film_of_a_folder_is_sent_with_its_files(adding: Adding) -> None:
    heat, ran = adding.file("Heat.1995.1080p.mkv"), adding.file("R/Ran (1985)/ran.mkv")
    second = adding.file("R/Ran (1985)/Ran (1985)-trailer.mkv")
    adding.file("R/Ran (1985)/ran.srt")
    result = adding()
    assert result.exit_code == 0, result.output
    assert adding.sent == [
        {"title": "Heat", "year": 1995, "files": [str(heat)]},
        {"title": "Ran", "year": 1985, "files": [str(second), str(ran)]},
    ]
    assert adding.bulk, "a folder is a list: what a person types goes before it"
    said = " ".join(result.output.split())
    assert "3 videos of 2 films" in said
    assert "no videos: 1 file (.srt)" in said
    assert "several files are one film: Ran (1985): Ran (1985)-trailer.mkv, ran.mkv" in said


def test_a_second_run_adds_only_what_is_new(adding: Adding) -> None:
    heat = adding.file("Heat (1995).mkv")
    adding.movies[HEAT] = movie_of_files(HEAT, heat)
    nothing = adding()
    assert (nothing.exit_code, adding.sent) == (0, [])
    assert "1 in the library already" in nothing.stdout
    assert "Nothing is new, so nothing was sent." in nothing.stdout
    adding.file("Ran (1985).mkv")
    assert adding().exit_code == 0
    assert [one["title"] for one in adding.sent] == ["Ran"]
    adding.sent.clear()
    assert adding("--refresh").exit_code == 0
    assert [(one["title"], one["refresh"]) for one in adding.sent] == [
        ("Heat", True),
        ("Ran", True),
    ]


def test_a_failed_film_is_tried_again(adding: Adding) -> None:
    heat = adding.file("Heat (1995).mkv")
    adding.movies[HEAT] = movie_of_files(HEAT, heat, status="failed")
    assert adding().exit_code == 0
    assert [one["title"] for one in adding.sent] == ["Heat"]


def test_a_film_that_has_other_videos_is_named_and_not_sent(adding: Adding) -> None:
    adding.movies[HEAT] = movie_of_files(HEAT, adding.folder / "elsewhere.mkv")
    adding.file("Heat (1995).mkv")
    result = adding()
    said = " ".join(result.output.split())
    assert (result.exit_code, adding.sent) == (0, [])
    assert "in the library with other videos; --refresh takes these instead: Heat (1995)" in said


def test_a_dry_run_prints_what_is_read_and_sends_nothing(adding: Adding) -> None:
    adding.file("a/Heat (1995).mkv")
    result = adding("--dry-run")
    assert (result.exit_code, adding.sent) == (0, [])
    assert f"Heat (1995)  {HEAT}" in result.stdout
    assert f"    {Path('a', 'Heat (1995).mkv')}" in result.stdout
    assert "1 title would be sent." in result.stdout


def test_json_has_the_whole_folder(adding: Adding) -> None:
    heat = adding.file("Heat (1995).mkv")
    adding.movies[HEAT] = movie_of_files(HEAT, heat)
    adding.file("Ran (1985).mkv")
    adding.file("notes.txt")
    (adding.folder / os.fsdecode(b"\xff (1990).mkv")).write_bytes(b"film")
    said = json.loads(adding("--json", "--dry-run", "--skip-bad").stdout)
    assert [(one["title"], one["state"]) for one in said["folder"]["films"]] == [
        ("Heat", "known"),
        ("Ran", "new"),
    ]
    assert [one["title"] for one in said["added"]] == ["Ran"]
    assert said["folder"]["no_videos"] == {".txt": 1}
    (refused,) = said["refused"]
    assert "not UTF-8" in refused["reason"]
    assert adding.sent == []


def test_one_film_without_a_title_stops_all_unless_it_is_skipped(adding: Adding) -> None:
    adding.file("Heat (1995).mkv")
    adding.file("tt0113277.mkv")
    result = adding()
    assert (result.exit_code, adding.sent) == (2, [])
    assert "1 of 2 titles is refused" in " ".join(result.stderr.split())
    assert adding("--skip-bad").exit_code == 0
    assert [one["title"] for one in adding.sent] == ["Heat"]


@pytest.mark.parametrize(
    ("names", "says"),
    [((), "has no videos."), (("a.txt", "b.jpg"), "has no videos, only 2 other files.")],
)
def test_a_folder_without_videos(adding: Adding, names: Sequence[str], says: str) -> None:
    for name in names:
        adding.file(name)
    result = adding()
    assert (result.exit_code, says in " ".join(result.stderr.split())) == (2, True)


def test_a_folder_outside_the_roots_is_refused_with_the_setting(
    adding: Adding, tmp_path: Path
) -> None:
    adding.file("Heat (1995).mkv")
    (tmp_path / "other").mkdir()
    adding.roots(tmp_path / "other")
    result = adding("--dry-run")
    assert result.exit_code == 2
    assert f"e.g.: MOVIETAG_ROOTS='{tmp_path}/other,{adding.folder}'" in result.stderr
    assert adding.sent == []


def test_the_running_stages_decide_which_folders_may_be_read(adding: Adding) -> None:
    adding.file("Heat (1995).mkv")
    host = this_worker(get_settings()).host
    adding.at_work = (StageRoots(host, ("/elsewhere",)),)
    result = adding()
    assert (result.exit_code, adding.sent) == (2, [])
    assert f"may read (/elsewhere on {host})" in " ".join(result.stderr.split())
    adding.roots()
    adding.at_work = (StageRoots(host, (str(adding.folder.parent),)),)
    assert adding().exit_code == 0, "the roots need not be set where one types"
    assert [one["title"] for one in adding.sent] == ["Heat"]


@pytest.mark.parametrize(
    "options", [("Heat (1995)",), ("--url", "https://youtu.be/x"), ("--file", "a.mkv")]
)
def test_a_folder_goes_with_no_other_titles(adding: Adding, options: Sequence[str]) -> None:
    adding.file("Heat (1995).mkv")
    result = adding(*options)
    assert (result.exit_code, adding.sent) == (2, [])
    assert "--folder goes with no titles" in result.stderr


def test_links_to_folders_are_not_followed(adding: Adding, tmp_path: Path) -> None:
    adding.file("Heat (1995).mkv")
    (adding.folder / "again").symlink_to(adding.folder)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "Ran (1985).mkv").write_bytes(b"film")
    (adding.folder / "out").symlink_to(tmp_path / "secret")
    assert adding().exit_code == 0
    assert [one["title"] for one in adding.sent] == ["Heat"]
