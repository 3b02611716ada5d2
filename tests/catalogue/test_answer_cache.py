"""The answers on disk: bounded, private, and never in the way."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from movietag.catalogue import cache as module
from movietag.catalogue.cache import LARGEST, AnswerCache
from movietag.catalogue.film import WantedFilm
from movietag.crawl.known_film import KnownFilm

DAY = 86_400.0
HEAT = WantedFilm("Heat", 1995)
FILM = KnownFilm(titles=("Heat",), years=(1995,), imdb="tt0113277")


class Clock:
    now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_answer_comes_back_for_the_same_lookup_only(tmp_path: Path, clock: Clock) -> None:
    cache = AnswerCache(tmp_path / "c", 30, now=clock)
    assert cache.read("tmdb", HEAT) is None
    cache.write("tmdb", HEAT, FILM)
    stored = cache.read("tmdb", HEAT)
    assert stored is not None
    assert stored.film == FILM
    for other in (WantedFilm("Heat", 1996), WantedFilm("Heat", 1995, imdb="tt0113277")):
        assert cache.read("tmdb", other) is None
    assert cache.read("wikidata", HEAT) is None
    (file,) = (tmp_path / "c").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("film", "days", "fresh"),
    [(FILM, 29, True), (FILM, 31, False), (None, 0.9, True), (None, 1.1, False), (FILM, -2, None)],
)
def test_how_long_it_is_used(
    tmp_path: Path, clock: Clock, film: KnownFilm | None, days: float, *, fresh: bool | None
) -> None:
    cache = AnswerCache(tmp_path, 30, now=clock)
    cache.write("tmdb", HEAT, film, "" if film else "2 films")
    clock.now += days * DAY
    stored = cache.read("tmdb", HEAT)
    assert (None if stored is None else cache.is_fresh(stored)) == fresh


def test_what_is_older_than_180_days_is_not_read(tmp_path: Path, clock: Clock) -> None:
    cache = AnswerCache(tmp_path, 180, now=clock)
    cache.write("tmdb", HEAT, FILM)
    clock.now += 181 * DAY
    assert cache.read("tmdb", HEAT) is None


def test_beyond_the_bound_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AFTER", 30)
    cache = AnswerCache(tmp_path, 30, most=50)
    for number in range(61):
        cache.write("tmdb", WantedFilm(f"T{number}"), FILM)
    assert sum(1 for _ in tmp_path.iterdir()) == 45
    assert cache.read("tmdb", WantedFilm("T60")) is not None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[" * 10_000, b'{"form":2,"at":1e9,"film":null,"why":""}', b"\xff"],
)
def test_a_damaged_file_is_asked_for_again(tmp_path: Path, clock: Clock, content: bytes) -> None:
    cache = AnswerCache(tmp_path, 30, now=clock)
    cache.write("tmdb", HEAT, FILM)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert cache.read("tmdb", HEAT) is None
    cache.write("tmdb", HEAT, FILM)
    assert cache.read("tmdb", HEAT) is not None


def test_a_folder_that_cannot_be_written_is_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.joinpath("file").write_text("")
    cache = AnswerCache(tmp_path / "file" / "c", 30)
    for _ in range(3):
        cache.write("tmdb", HEAT, FILM)
        assert cache.read("tmdb", HEAT) is None
    assert caplog.text.count("are not stored") == 1


def test_nothing_is_stored_for_no_days_nor_what_is_too_large(tmp_path: Path) -> None:
    AnswerCache(tmp_path, 0).write("tmdb", HEAT, FILM)
    AnswerCache(tmp_path, 30).write("tmdb", HEAT, KnownFilm(titles=("x" * LARGEST,)))
    assert list(tmp_path.iterdir()) == []


def test_what_may_not_be_used_any_more_is_deleted(tmp_path: Path) -> None:
    AnswerCache(tmp_path, 30).write("tmdb", HEAT, FILM)
    (old,) = tmp_path.iterdir()
    year_ago = time.time() - 365 * DAY
    os.utime(old, (year_ago, year_ago))
    AnswerCache(tmp_path, 30).write("tmdb", WantedFilm("Alien"), FILM)
    assert not old.exists()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_listed_fails_no_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(module.os, "scandir", refuse)
    AnswerCache(tmp_path, 30).write("tmdb", HEAT, FILM)
