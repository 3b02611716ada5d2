from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from movietag.adding import message, validated
from movietag.cli.add import add
from movietag.errors import UsageError
from movietag.settings import Settings, get_settings

HERE = Settings(private_hosts=("127.0.0.1:8080",))


@pytest.mark.parametrize("url", ["https://youtu.be/x", "http://127.0.0.1:8080/a.mp4"])
def test_the_address_of_a_video_that_the_settings_allow(url: str) -> None:
    value = message("Heat (1995)", {"urls": [url]}, refresh=False)
    assert json.loads(value)["urls"] == [url]
    assert validated(value, HERE).title == "Heat"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("file:///etc/passwd", "not an http or https URL"),
        ("https://example.com/a.mp4", "MOVIETAG_SITES"),
        ("http://127.0.0.1:8081/a.mp4", "MOVIETAG_PRIVATE_HOSTS"),
    ],
)
def test_an_address_that_the_stages_would_refuse(url: str, says: str) -> None:
    asked = message("Heat (1995)", {"urls": ["https://youtu.be/x", url]}, refresh=False)
    with pytest.raises(UsageError, match=says):
        validated(asked, HERE)
    with pytest.raises(UsageError, match=says):
        validated(json.dumps({"title": "Heat", "urls": [url]}).encode(), HERE)


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("films/none.mkv", "files", "is not a regular file on this machine"),
        ("films", "files", "is not a regular file on this machine"),
        ("films/a.mkv", "images", "is not a folder on this machine"),
        ("elsewhere/a.mkv", "files", "commands, e.g.: MOVIETAG_ROOTS=/"),
    ],
)
def test_a_path_that_the_stages_would_refuse(
    tmp_path: Path, name: str, kind: str, says: str
) -> None:
    for folder in ("films", "elsewhere"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.mkv").write_bytes(b"film")
    settings = Settings(roots=(tmp_path / "films",))
    good = {"files": [f"{tmp_path}/films/a.mkv"], "images": [f"{tmp_path}/films"]}
    assert validated(message("Heat (1995)", good, refresh=False), settings).title == "Heat"
    bad = message("Heat (1995)", {kind: [f"{tmp_path}/{name}"]}, refresh=False)
    with pytest.raises(UsageError, match=re.escape(says)):
        validated(bad, settings)


@pytest.mark.parametrize("folder", ["films", "my films", "sci-fi, horror", "it's"])
def test_the_advised_roots_allow_the_path(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / folder / "a.mkv"
    film.parent.mkdir()
    film.write_bytes(b"film")
    value = message("Heat (1995)", {"files": [str(film)]}, refresh=False)
    with pytest.raises(UsageError) as refused:
        validated(value, Settings(roots=()))
    (assignment,) = shlex.split(str(refused.value).rpartition("e.g.: ")[2])
    monkeypatch.setenv(*assignment.split("=", 1))
    assert validated(value, Settings()).title == "Heat"


@pytest.mark.parametrize(
    ("kafka", "checked"),
    [
        (None, True),
        ("127.0.0.1:9092", True),
        ("[::1]:9092,localhost:9", True),
        ("kafka:9092", False),
    ],
)
def test_paths_of_other_machines_are_left_to_their_stages(kafka: str | None, checked: bool) -> None:
    value = message("Heat (1995)", {"files": ["/films/on/the/cluster.mkv"]}, refresh=False)
    settings = Settings(kafka=kafka, roots=())
    if checked:
        with pytest.raises(UsageError, match="MOVIETAG_ROOTS"):
            validated(value, settings)
    else:
        assert validated(value, settings).title == "Heat"


def test_the_command_refuses_it_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIETAG_KAFKA", "127.0.0.1:9")  # sending would end with another status
    get_settings.cache_clear()
    app = typer.Typer()
    app.command()(add)
    result = CliRunner().invoke(app, ["Heat", "--url", "file:///etc/passwd"])
    get_settings.cache_clear()
    assert (result.exit_code, "not an http or https URL" in result.stderr) == (2, True)


def test_all_titles_that_are_refused_are_said_at_once(tmp_path: Path) -> None:
    lines = tmp_path / "titles.txt"
    lines.write_text("Heat (1995)\ntt0113277\nhttps://youtu.be/abc\n")
    app = typer.Typer()
    app.command()(add)
    result = CliRunner().invoke(app, ["--from", str(lines)])
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert "line 2: 'tt0113277': An id alone" in said
    assert "line 3: 'https://youtu.be/abc'" in said
    assert "is an address" in said
    assert (
        "2 of 3 titles are refused, so none was added. Correct them, or add the others: --skip-bad."
        in said
    )


def _added(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, stop: int = 0
) -> tuple[Result, list[bytes]]:
    """What the command says and sends; ``stop``: of so many titles, a person stops it."""
    sent: list[bytes] = []

    async def send(
        _: Settings, values: Sequence[bytes], report: Callable[[int], None], *, bulk: bool
    ) -> None:
        for value in values:
            if stop and len(sent) == stop:
                raise KeyboardInterrupt
            sent.append(value)
            report(len(sent))

    monkeypatch.setattr("movietag.cli.add.send_titles", send)
    app = typer.Typer()
    app.command()(add)
    return CliRunner().invoke(app, list(arguments)), sent


def test_a_long_list_ends_with_a_summary_and_names_equal_titles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    films = tmp_path / "movies.csv"
    rows = [f"Film {number} (1999)" for number in range(17_000)]
    films.write_text(
        "\n".join(
            ["title,genres", *(f"{row},Drama" for row in rows), "Film 5 (1999),", "tt0113277,"]
        )
    )
    result, sent = _added(monkeypatch, "--from", str(films), "--skip-bad")
    assert result.exit_code == 0, result.stderr
    assert "sent 17,001 titles, of 17,000 movies" in result.stdout
    assert len(result.stdout.splitlines()) < 5
    said = " ".join(result.stderr.split())
    assert "line 17003: " in said
    assert "1 of 17,002 titles is refused; the others are added." in said
    assert "Film 5 (1999) is there 2 times (lines 7, 17002): one movie" in said
    assert len(sent) == 17_001


def test_json_says_what_was_refused_and_what_is_equal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    films = tmp_path / "films.txt"
    films.write_text("Heat (1995)\ntt0113277\n\nHeat (1995)\n")
    result, sent = _added(monkeypatch, "--from", str(films), "--skip-bad", "--json")
    said = json.loads(result.stdout)
    assert [one["line"] for one in said["refused"]] == [2]
    assert [(one["title"], one["lines"]) for one in said["equal"]] == [("Heat", [1, 4])]
    assert len(said["added"]) == len(sent) == 2


def test_one_who_stops_it_hears_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    films = tmp_path / "films.txt"
    films.write_text("\n".join(f"Film {number} (1999)" for number in range(100)))
    result, sent = _added(monkeypatch, "--from", str(films), stop=40)
    assert (result.exit_code, len(sent)) == (130, 40)
    assert "Stopped: sent 40 of 100 titles" in " ".join(result.stderr.split())


PLACES = {"urls": ["https://youtu.be/x"], "files": ["/data/a.mp4"], "images": ["/data/shots"]}


@pytest.mark.parametrize(
    "line",
    [
        '{"title": "Heat", "movie_id": "Mann.1"}',
        ' \ufeff {"title":"Heat","movie_id":"Mann.1"}'.strip(" "),
    ],
)
def test_json_is_sent_with_what_the_options_say(line: str) -> None:
    assert json.loads(message(line, PLACES, refresh=True)) == {
        "title": "Heat",
        "movie_id": "Mann.1",
        "refresh": True,
        **PLACES,
    }


def test_the_same_said_twice_is_said_once() -> None:
    line = '{"title": "Heat", "refresh": true, "urls": ["https://youtu.be/x"]}'
    sent = message(line, {"urls": ["https://youtu.be/x"]}, refresh=True)
    assert json.loads(sent) == json.loads(line)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"refresh": False}, "another `refresh` than --refresh"),
        ({"urls": ["https://youtu.be/y"]}, "another `urls` than --url"),
        ({"files": []}, "another `files` than --file"),
        (
            {"forget": True},
            "forgets the movie, --url and --file and --images and --refresh adds it",
        ),
        ({"director": "Mann"}, "director"),
    ],
)
def test_json_that_says_something_else_than_the_options(
    fields: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        message(json.dumps({"title": "Heat", **fields}), PLACES, refresh=True)


LINES = (
    *("Heat (1995)", "Heat(1995) (1995)", "Heat (1995) (1996)", "Heat", "Heat (1995) [1080p].mkv"),
    *("Heat (1995) {tmdb-949}", "[imdbid-tt0113277] Heat", "Matrix, The (1999)", "8½ (1963)"),
)


@pytest.mark.parametrize("line", LINES)
def test_an_option_names_no_other_movie(line: str) -> None:
    plain, refreshed = (validated(message(line, {}, refresh=on), HERE) for on in (False, True))
    assert plain == refreshed
