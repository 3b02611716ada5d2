"""When a watch of the latest movies ends, and what it says of titles that were refused; without a server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import typer
from rich.console import Console
from support import sample_movies
from typer.testing import CliRunner

from movietag import awaiting
from movietag.awaiting import Awaited, MovieBacklog
from movietag.cli import show, watch
from movietag.cli.title_files import warn_of_files
from movietag.cli.watch import WatchedTitles, ended_line
from movietag.documents import LetterBody
from movietag.search.converting import movie_from
from movietag.search.lift import Lifts
from movietag.search.naming import NothingFound
from movietag.search.queries import LetterQuery
from movietag.search.ranking import MovieSearch
from movietag.search.results import Letters, Movie
from movietag.settings import Settings
from movietag.vocabulary import load

VOCABULARY = load("mpst")
COMPLETE = next(one for one in sample_movies.SAMPLES if one.status == "complete")
MOVIE = movie_from(sample_movies.movie_body(COMPLETE, VOCABULARY))


@dataclass
class Servers:
    """What Elasticsearch and Kafka have."""

    letters_: list[LetterBody] = field(default_factory=list)
    backlog: MovieBacklog = field(default_factory=lambda: MovieBacklog(idle=True))
    asked: list[LetterQuery] = field(default_factory=list)

    async def movies(self, search: MovieSearch) -> Any:
        return SimpleNamespace(movies=(MOVIE,))

    async def letters(self, query: LetterQuery) -> Any:
        self.asked.append(query)
        return Letters(len(self.letters_), tuple(self.letters_[: query.limit]))

    async def movies_named(self, texts: list[str], *, alike: bool) -> list[tuple[Movie, ...]]:
        return [(MOVIE,) for _ in texts]

    async def movie(self, text: str) -> Movie:
        if text == "Nothing":
            raise NothingFound("No movie 'Nothing'.")
        return MOVIE

    async def lifts(self) -> Lifts:
        return Lifts(0, {})


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    made = Servers()

    @asynccontextmanager
    async def reader(_: Settings) -> AsyncIterator[Servers]:
        yield made

    async def backlog(_: Settings) -> MovieBacklog:
        return made.backlog

    monkeypatch.setattr(watch, "reader", reader)
    monkeypatch.setattr(awaiting, "backlog", backlog)
    monkeypatch.setattr(awaiting, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(awaiting, "SEEN_SECONDS", 0.0)
    return made


@pytest.fixture
def watched(tmp_path: Path) -> WatchedTitles:
    return WatchedTitles(Settings(home=tmp_path), [])


async def test_complete_movies_do_not_end_it_while_a_title_is_on_its_way(
    servers: Servers, watched: WatchedTitles
) -> None:
    servers.backlog = MovieBacklog()
    await watched.look(60)
    assert (watched.finished, watched.ended) == (True, False)
    servers.backlog = MovieBacklog(idle=True)
    await watched.look(60)
    assert watched.ended


async def test_titles_that_no_stage_takes_are_an_outage(
    servers: Servers, watched: WatchedTitles
) -> None:
    servers.backlog = MovieBacklog(unplanned="No plan stage runs.")
    await watched.look(60)
    assert (watched.outage, watched.ended) == ("No plan stage runs.", False)


@pytest.mark.parametrize(
    ("movie_id", "preview", "text"),
    [
        (None, "Heat (2999)", "Heat (2999)"),
        ("heat-1995-1", '{"title": "Heat", "files": ["/film.mkv"]}', "Heat"),
        ("heat-1995-1", '{"title": "He', "heat-1995-1"),
    ],
)
async def test_a_title_that_was_refused_just_now_is_listed(
    servers: Servers, watched: WatchedTitles, movie_id: str | None, preview: str, text: str
) -> None:
    letter = sample_movies.letter(VOCABULARY)
    servers.letters_ = [msgspec.structs.replace(letter, movie_id=movie_id, preview=preview)]
    await watched.look(60)
    refused, movie = watched.items
    assert isinstance(refused, Awaited)
    assert (refused.text, refused.state, movie) == (text, "refused", MOVIE)
    assert refused.reason.startswith("The title is empty. (bad-title) See: movietag dead show")
    assert (watched.ended, watched.finished) == (True, False)
    (asked,) = servers.asked
    assert asked.stage == "plan"
    assert asked.since_ms is not None


async def test_a_movie_whose_title_was_refused_just_now_says_so(
    servers: Servers, tmp_path: Path
) -> None:
    letter = sample_movies.letter(VOCABULARY)
    servers.letters_ = [msgspec.structs.replace(letter, movie_id=MOVIE.movie_id)]
    watched = WatchedTitles(Settings(home=tmp_path), [MOVIE.title])
    await watched.look(60)
    refused, movie = watched.items
    assert isinstance(refused, Awaited)
    assert (refused.state, movie, watched.finished) == ("refused", MOVIE, False)
    assert [(one.movie_ids, one.stage) for one in servers.asked] == [([MOVIE.movie_id], "plan")]


def test_show_tells_what_failed_since_the_movie_was_added(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "reader", watch.reader)
    letter = msgspec.structs.replace(sample_movies.letter(VOCABULARY), movie_id=MOVIE.movie_id)
    servers.letters_ = [letter] * 5
    shown = typer.Typer()
    shown.command()(show.show)
    result = CliRunner().invoke(shown, [MOVIE.title, "--json"])
    assert result.exit_code == 0, (result.output, result.exception)
    assert json.loads(result.stdout)["title"] == MOVIE.title
    said = " ".join(result.stderr.split())
    assert "Failed since: The title is empty. (bad-title) See: movietag dead show" in said
    assert f"… and 2 more: movietag dead list --movie {MOVIE.movie_id}" in said
    (asked,) = servers.asked
    assert (asked.movie_id, asked.since_ms) == (MOVIE.movie_id, MOVIE.added_ms)


def test_show_says_of_a_title_without_a_movie_why_it_was_refused(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "reader", watch.reader)
    letter = sample_movies.letter(VOCABULARY)
    servers.letters_ = [msgspec.structs.replace(letter, movie_id=None, preview="Nothing")]
    shown = typer.Typer()
    shown.command()(show.show)
    result = CliRunner().invoke(shown, ["Nothing"])
    assert result.exit_code == 1
    assert (
        "Nothing was refused: The title is empty. (bad-title) See: movietag dead" in result.stderr
    )
    servers.letters_ = []
    assert "No movie 'Nothing'." in CliRunner().invoke(shown, ["Nothing"]).stderr


@pytest.mark.parametrize("terminal", [True, False])
def test_the_last_line_is_ended_where_rich_leaves_it_open(
    capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    with ended_line(Console(force_terminal=terminal)):
        print("complete", end="")
    assert capsys.readouterr().out == ("complete" if terminal else "complete\n")


def test_a_file_that_is_named_as_a_title_is_no_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "Heat (1995).mkv"
    film.touch()
    warn_of_files([str(film)])
    assert "name it with --file, too" in " ".join(capsys.readouterr().err.split())
    warn_of_files(["Heat (1995)", '{"title": "Heat"}', "x" * 10_000, "a\0b", str(tmp_path)])
    assert capsys.readouterr().err == ""
