"""Failed movies by reason: counted, listed, exported, and sent again as themselves."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import msgspec
import pytest
import typer
from elasticsearch import AsyncElasticsearch
from support import sample_movies
from support.sample_movies import Sample, document, movie_body
from typer.testing import CliRunner, Result

from movietag.adding import retry_message
from movietag.cli import failed as command
from movietag.cli.failed import failed
from movietag.documents import MOVIES, MovieBody
from movietag.errors import UsageError
from movietag.rules.titles import parse_title
from movietag.search.failures import FailedMovie, failed_movie, failures
from movietag.search.index.ensuring import ensure_schema
from movietag.search.index.writer import write_bulk
from movietag.search.reader import Reader, reader_with
from movietag.settings import Settings
from movietag.steering import retrying
from movietag.vocabulary import Vocabulary, from_lines

app = typer.Typer()
app.command()(failed)


def call(*words: str, stdin: str = "") -> Result:
    environment = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    return CliRunner().invoke(app, words, input=stdin, env=environment)


def body(vocabulary: Vocabulary, name: str, reason: str, videos: tuple[str, ...] = ()) -> MovieBody:
    """A failed movie whose videos failed for these reasons."""
    made = movie_body(Sample(name, name.title(), 1990, 0, {}, "failed", reason), vocabulary)
    one = msgspec.structs.replace(made.videos[1], source="url", url="https://youtu.be/a")
    return msgspec.structs.replace(
        made, videos=tuple(msgspec.structs.replace(one, reason=why) for why in videos)
    )


@pytest.fixture
async def several(es: AsyncElasticsearch, vocabulary: Vocabulary) -> Reader:
    """A library of four failed movies and one that is complete."""

    await ensure_schema(es, vocabulary)
    no_video = "No video could be fetched. demo:b: It is gone."
    bodies = [
        body(vocabulary, "one", "The search found nothing for 'One'."),
        body(vocabulary, "two", "The search found nothing for 'Two'."),
        body(vocabulary, "three", no_video, ("private: It is private.",)),
        body(vocabulary, "four", no_video, ("geo-blocked: Not here.", "geo-blocked: Nor here.")),
        movie_body(sample_movies.SAMPLES[0], vocabulary),
    ]
    documents = [document(MOVIES, one.movie_id, one, vocabulary) for one in bodies]
    assert await write_bulk(es, documents) == []
    await es.indices.refresh(index="movies*")
    return reader_with(es, Settings(), vocabulary)


async def test_they_are_counted_by_reason_and_the_newest_are_listed(several: Reader) -> None:
    found = await failures(several, limit=2)
    assert found.total == 4
    assert [(one.error, one.movies) for one in found.errors] == [
        ("nothing-found", 2),
        ("geo-blocked", 1),
        ("private", 1),
    ]
    assert len(found.movies) == 2


async def test_only_those_with_a_reason(several: Reader) -> None:
    found = await failures(several, ("private", "geo-blocked"))
    assert {one.movie_id for one in found.movies} == {"three", "four"}
    assert found.total == 2


async def test_a_reason_that_no_movie_has(several: Reader) -> None:
    with pytest.raises(UsageError, match=r"'offline'. Reasons now: nothing-found, geo-blocked"):
        await failures(several, ("offline",))


def movie(**changed: object) -> FailedMovie:
    made = FailedMovie("heat-1995-0f0f0f0f", "Heat", 1995, "private", "r", 1, 0, 0)
    return msgspec.structs.replace(made, **changed)


@pytest.mark.parametrize(
    "failed_one",
    [
        movie(),
        movie(movie_id="tt0113277"),
        movie(movie_id="tmdb-949"),
        movie(movie_id="my.own", year=None),
        movie(title="1917", year=2019),
        movie(urls=("https://youtu.be/a", "https://youtu.be/b")),
        movie(files=("/films/heat.mkv",)),
        movie(images=("/films/heat",)),
    ],
)
def test_a_movie_that_is_sent_again_is_the_same_with_its_own_videos(
    failed_one: FailedMovie,
) -> None:
    title = parse_title(retry_message(failed_one))
    assert (title.movie_id, title.title, title.year) == (
        failed_one.movie_id,
        failed_one.title,
        failed_one.year,
    )
    assert title.refresh
    assert title.sources.urls == failed_one.urls
    assert title.sources.files == failed_one.files
    assert title.sources.images == failed_one.images
    assert title.tmdb == (949 if failed_one.movie_id == "tmdb-949" else None)
    assert title.imdb == ("tt0113277" if failed_one.movie_id == "tt0113277" else None)


def test_the_videos_of_a_search_are_not_those_of_the_title(vocabulary_of_none: Vocabulary) -> None:
    made = movie_body(sample_movies.SAMPLES[-1], vocabulary_of_none)
    assert failed_movie(made).urls == ()
    assert failed_movie(body(vocabulary_of_none, "x", "r", ("private: p.",))).urls == (
        "https://youtu.be/a",
    )


@pytest.fixture
def vocabulary_of_none() -> Vocabulary:

    return from_lines("none", ["horror"])


@pytest.mark.usefixtures("filled")
class TestCommand:
    def test_a_line_a_movie_at_80_columns(self) -> None:
        result = call()
        assert result.exit_code == 0
        assert "Nobody Finds This" in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 80

    def test_as_json(self) -> None:
        found = json.loads(call("--json").stdout)
        assert found["total"] == 1
        assert found["movies"][0]["reason"] == "The search found no video."

    def test_exported(self, tmp_path: Path) -> None:
        for name in ("failed.csv", "failed.jsonl", "failed.parquet"):
            assert call("--export", str(tmp_path / name)).exit_code == 0
        with (tmp_path / "failed.csv").open(newline="") as file:
            (row,) = csv.DictReader(file)
        assert (row["movie_id"], row["year"], row["error"]) == ("none", "", "other")
        (line,) = (tmp_path / "failed.jsonl").read_text().splitlines()
        assert json.loads(line)["reason"] == "The search found no video."

    def test_a_retry_asks_with_the_number_and_sends_nothing_on_no(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(command, "send_titles", _refuse)
        result = call("--retry", stdin="n\n")
        assert "Search and fetch 1 failed movie again?" in result.stdout
        assert result.exit_code == 1

    def test_a_retry_sends_the_movie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[bytes] = []
        bulks: list[bool] = []

        async def take(_: Settings, values: list[bytes], *, bulk: bool) -> None:
            sent.extend(values)
            bulks.append(bulk)

        async def joined(*_: object) -> None:
            return None

        monkeypatch.setattr(command, "send_titles", take)
        monkeypatch.setattr(retrying, "join_library", joined)
        result = call("--reason", "other", "--retry", "--yes")
        assert "1 sent again." in result.stdout
        assert [parse_title(value).movie_id for value in sent] == ["none"]
        monkeypatch.setattr(retrying, "LIST", 0)
        assert call("--retry", "--yes").exit_code == 0
        assert bulks == [False, True]

    def test_a_reason_that_no_movie_has(self) -> None:
        result = call("--reason", "private", "--retry", "--yes")
        assert result.exit_code == 2
        assert "Reasons now: other." in result.stderr


async def _refuse(*_: object) -> None:
    raise AssertionError("It must not send.")
