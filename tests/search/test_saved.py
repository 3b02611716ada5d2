"""Saved searches on a real Elasticsearch: kept, replaced, forgotten, and refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import typer
from elasticsearch import AsyncElasticsearch
from typer.testing import CliRunner, Result

from movietag.cli import searches
from movietag.cli.search import search
from movietag.errors import UsageError
from movietag.search import saved
from movietag.search.naming import NothingFound
from movietag.search.query import QueryError
from movietag.search.reader import Reader
from movietag.search.saved import INDEX

app = typer.Typer()
app.add_typer(searches.app, name="searches")
app.command()(search)


def call(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})


@pytest.fixture
async def nothing_saved(es: AsyncElasticsearch) -> AsyncIterator[None]:
    await es.indices.delete(index=INDEX, ignore_unavailable=True)
    yield
    await es.indices.delete(index=INDEX, ignore_unavailable=True)


async def names(library: Reader) -> list[tuple[str, str]]:
    return [(one.name, one.query) for one in (await saved.list_saved(library.es)).searches]


@pytest.mark.integration
@pytest.mark.usefixtures("nothing_saved")
class TestSaved:
    async def test_kept_by_name_replaced_and_forgotten(self, reader: Reader) -> None:
        assert await names(reader) == []
        await saved.save(reader, "scary", "horror>=30%")
        await saved.save(reader, "Äre funny", "comedy")
        assert await names(reader) == [("scary", "horror>=30%"), ("Äre funny", "comedy")]
        await saved.save(reader, "scary", "horror and not comedy")
        assert (await saved.get_saved(reader.es, "scary")).query == "horror and not comedy"
        await saved.remove(reader.es, "scary")
        assert await names(reader) == [("Äre funny", "comedy")]
        await saved.save(reader, "scary", "gothic")
        assert (await saved.get_saved(reader.es, "scary")).query == "gothic"

    async def test_what_cannot_be_read_is_not_kept(self, reader: Reader) -> None:
        with pytest.raises(QueryError, match="Did you mean horror"):
            await saved.save(reader, "typo", "horor")
        assert await names(reader) == []

    @pytest.mark.parametrize("name", ["", " a", "a/b", "a\nb", "x" * 61, "-a", '"a"'])
    async def test_what_is_no_name(self, reader: Reader, name: str) -> None:
        with pytest.raises(UsageError, match="is not a valid name"):
            await saved.save(reader, name, "horror")
        assert await names(reader) == []

    async def test_a_name_that_is_not_there(self, reader: Reader) -> None:
        await saved.save(reader, "scary", "horror")
        with pytest.raises(NothingFound, match="Did you mean scary"):
            await saved.get_saved(reader.es, "scray")
        with pytest.raises(NothingFound, match="searches list"):
            await saved.remove(reader.es, "qqqq")

    async def test_no_more_than_can_be_listed(
        self, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(saved, "MOST_SAVED", 1)
        await saved.save(reader, "one", "horror")
        await saved.save(reader, "one", "comedy")
        with pytest.raises(UsageError, match="remove some"):
            await saved.save(reader, "two", "horror")


@pytest.mark.integration
@pytest.mark.usefixtures("nothing_saved", "filled")
def test_the_commands() -> None:
    assert call("searches", "list").exit_code == 1
    kept = call("searches", "save", "scary", "horror>=30% and not comedy")
    assert (kept.exit_code, "Saved." in kept.stdout) == (0, True)
    listed = json.loads(call("searches", "list", "--json").stdout)["searches"]
    assert [(one["name"], one["query"]) for one in listed] == [
        ("scary", "horror>=30% and not comedy")
    ]
    found = json.loads(call("search", "--saved", "scary", "year:1990..", "--json").stdout)
    assert [movie["movie_id"] for movie in found["movies"]] == ["grin", "harbor"]
    unknown = call("search", "--saved", "scray")
    assert (unknown.exit_code, "Did you mean scary?" in unknown.stderr) == (1, True)
    refused = call("searches", "save", "bad", "horror and")
    assert (refused.exit_code, "^" in refused.stderr) == (2, True)
    assert call("searches", "remove", "scary").exit_code == 0
    assert call("searches", "remove", "scary").exit_code == 1


@pytest.mark.usefixtures("away")
def test_elasticsearch_away() -> None:
    for words in (("list",), ("save", "a", "horror"), ("remove", "a")):
        result = call("searches", *words)
        assert (result.exit_code, "Traceback" in result.stderr) == (3, False)
