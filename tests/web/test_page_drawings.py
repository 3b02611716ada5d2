"""A movie that the packaged model has tagged, though it is not the demo's: the badge on the pages, show, export."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import httpx
import msgspec
import pytest
import typer
from reading import seen
from support import sample_movies
from typer.testing import CliRunner

from movietag.cli.export import export
from movietag.cli.show import show
from movietag.documents import MOVIES, index_name
from movietag.local.drawings import packaged_taggers
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.vocabulary import load

app = typer.Typer()
for function in (show, export):
    app.command()(function)


@pytest.fixture
def of_the_packaged_model(library: Settings) -> Iterator[None]:
    """Heat, tagged by the packaged model out of a video of YouTube."""
    vocabulary = load(library.vocabulary)
    index = index_name(MOVIES, vocabulary.vocabulary_id)
    heat = replace(sample_movies.SAMPLES[0], movie_id="heat", title="Heat")
    body = msgspec.structs.replace(
        sample_movies.movie_body(heat, vocabulary),
        tagger=min(packaged_taggers(library.vocabulary)),
        videos=(sample_movies.video("abc", "fetched"),),  # of no demo's extractor
    )

    async def write() -> None:
        async with connected(library) as es:
            await es.index(index=index, id="heat", document=msgspec.to_builtins(body), refresh=True)

    async def remove() -> None:
        async with connected(library) as es:
            await es.delete(index=index, id="heat", refresh=True)

    asyncio.run(write())
    yield
    asyncio.run(remove())


@pytest.mark.usefixtures("of_the_packaged_model", "filled")
def test_it_is_told_on_the_pages_by_show_and_by_export(pages: httpx.Client) -> None:
    assert "drawings only" in seen(pages.get("/movies/heat")).text
    assert "drawings only" in seen(pages.get("/", params={"q": "title:heat"})).text
    for words in (("show", "Heat"), ("export", "-")):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert "knows drawings only" in " ".join(result.stderr.split())
        assert "drawings only" not in result.stdout


@pytest.mark.usefixtures("filled")
def test_movies_of_other_taggers_are_not(pages: httpx.Client) -> None:
    assert "drawings only" not in seen(pages.get("/movies/harbor")).text
    result = CliRunner().invoke(app, ("export", "-"))
    assert "drawings only" not in " ".join(result.stderr.split())
