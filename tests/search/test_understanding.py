"""Plain words on the sample movies: as a query, the REST API and the command line read them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from movietag.cli.scenes import scenes
from movietag.cli.search import search
from movietag.search.indices import Indices
from movietag.search.query import QueryError, render
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import leaves
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.sent_once import one_request
from movietag.search.understanding import understand

app = typer.Typer()
app.command("search")(search)
app.command("scenes")(scenes)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("moonlit harbor", 'title:"moonlit harbor"'),
        ("moonlit har", 'title:"moonlit har"'),
        ("Moonlit, Harbor", 'title:"Moonlit Harbor"'),
        ("dune 1984", "title:dune and (year:1984 or title:1984)"),
        ("1984", "year:1984 or title:1984"),
        ("horror harbor", "horror and title:harbor"),
        ("horror containing", "horror and text:containing"),
        ("containing data", "text:containing and text:data"),
        ("laugh or die", 'title:"laugh or die"'),
        ("lighthouse", "title:lighthouse"),
        ("feel good", "feel-good"),
    ],
)
@pytest.mark.parametrize("kind", ["movies", "frames"])
async def test_plain_words(reader: Reader, text: str, query: str, kind: Kind) -> None:
    understood = await understand(reader, text, kind)
    assert render(understood.node) == query
    assert understood.reading is not None
    assert understood.reading.query == query
    others = [one.query for one in understood.reading.others]
    assert query not in others
    for other in others:
        assert render(reader.parse(other, kind)) == other


@pytest.mark.parametrize(
    ("text", "most"), [("moonlit harbor", 2), ("containing data", 5), ("xqzw wqzx kkkr", 7)]
)
async def test_few_searches_answer_plain_words(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    sent: list[object] = []
    send = Indices._send

    async def counted(self: Indices, *search: Any) -> Any:
        sent.append(search)
        return await send(self, *search)

    monkeypatch.setattr(Indices, "_send", counted)
    with one_request():
        understood = await understand(reader, text, "movies")
        await reader.movies(MovieSearch(understood.node))
    assert 0 < len(sent) <= most


@pytest.mark.parametrize(
    "text", ["horror>=30% and not comedy", "title:moon", "horror comedy", "", "not horror"]
)
async def test_a_query_is_read_as_it_is(reader: Reader, text: str) -> None:
    understood = await understand(reader, text, "movies")
    assert understood.reading is None
    assert understood.node == reader.parse(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("comdy", "comedy"),
        ("horror and comdy", "horror and comedy"),
        ("horror without comedy", "horror and not comedy"),
        ("horror -lighthouse", "horror and not title:lighthouse"),
        ("not lighthouse", "not title:lighthouse"),
        ("titel:moon", "title:moon"),
    ],
)
async def test_what_means_a_query_is_advised(reader: Reader, text: str, advice: str) -> None:
    with pytest.raises(QueryError) as error:
        await understand(reader, text, "movies")
    assert error.value.advice[0] == advice
    assert all(list(leaves(reader.parse(one))) for one in error.value.advice)


def call(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})


@pytest.mark.usefixtures("filled")
class TestCommands:
    def test_words_need_no_quotes(self) -> None:
        found = call("search", "moonlit", "harbor")
        assert found.exit_code == 0, found.output
        assert "Moonlit Harbor" in found.stdout
        assert 'Read as title:"moonlit harbor" (words of the title).' in found.stderr
        assert "or: movietag search 'text:moonlit and text:harbor'" in found.stderr

    def test_json_says_how_they_were_read(self) -> None:
        answer = json.loads(call("search", "moonlit harbor", "--json").stdout)
        assert [movie["movie_id"] for movie in answer["movies"]] == ["harbor"]
        assert answer["read"]["query"] == 'title:"moonlit harbor"'
        assert "read" not in json.loads(call("search", "horror", "--json").stdout)

    def test_of_scenes(self) -> None:
        found = call("scenes", "moonlit", "harbor", "--limit", "1")
        assert "Moonlit Harbor" in found.stdout
        assert "or: movietag scenes 'text:moonlit and text:harbor'" in found.stderr

    def test_with_options(self) -> None:
        found = call("search", "dune", "--status", "running", "--json")
        assert [movie["movie_id"] for movie in json.loads(found.stdout)["movies"]] == ["dune-21"]

    def test_nothing_of_the_kind(self) -> None:
        found = call("search", "lighthouse")
        assert found.exit_code == 1
        assert "Read as title:lighthouse" in found.stderr
        assert "No movie matches" in found.stdout
