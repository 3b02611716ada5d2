"""A movie without images is in no negative result unless asked for: on the pages, in the API, commands and saved searches."""

from __future__ import annotations

import json

import httpx
import pytest
import typer
from reading import seen
from typer.testing import CliRunner

from movietag.cli.search import search

app = typer.Typer()
app.command()(search)

UNCOUNTED = "none"  # its title is "Nobody Finds This"
NEGATIVE = {
    "not horror": "not horror or images:0",
    "-horror": "not horror or images:0",
    "horror<10%": "horror<10% or images:0",
    "horror<=0%": "horror<=0% or images:0",
    "not text:castle": "not text:castle or images:0",
    "title:nobody and not horror": "title:nobody and (not horror or images:0)",
}


def found_by(client: httpx.Client, query: str) -> tuple[set[str], dict[str, object] | None]:
    answer = client.get("/api/movies", params={"q": query, "limit": 100}).json()
    return {movie["movie_id"] for movie in answer["movies"]}, answer.get("left_out")


@pytest.mark.parametrize(("query", "asked"), NEGATIVE.items())
def test_the_api_leaves_it_out_and_says_so(pages: httpx.Client, query: str, asked: str) -> None:
    found, left_out = found_by(pages, query)
    assert UNCOUNTED not in found
    assert left_out == {"movies": 1, "query": asked}
    assert found_by(pages, asked) == (found | {UNCOUNTED}, None)
    counts = pages.get("/api/facets", params={"q": query}).json()
    assert counts["total"] == len(found)
    assert "failed" not in {one["value"] for one in counts["statuses"]}


@pytest.mark.parametrize(
    "query", ["horror", "year:1998", "not status:complete", "not title:heat", "images:0", ""]
)
def test_nothing_is_left_out_of_other_queries(pages: httpx.Client, query: str) -> None:
    assert found_by(pages, query)[1] is None
    assert (UNCOUNTED in found_by(pages, query)[0]) is (query not in {"horror", "year:1998"})


def test_it_is_not_known_whether_it_fits(pages: httpx.Client) -> None:
    answer = pages.get(f"/api/movies/{UNCOUNTED}/why", params={"q": "not horror"}).json()
    assert not answer["fits"]
    (why,) = answer["why"]
    assert (why["tag"], why["ratio"], why["unknown"]) == ("horror", None, True)
    page = seen(pages.get(f"/movies/{UNCOUNTED}", params={"q": "not horror"})).text
    assert "not known: no image is counted yet" in page


def test_the_page_has_a_link_to_it(pages: httpx.Client) -> None:
    shown = seen(pages.get("/", params={"q": "not horror"}))
    assert "1 movie without images is left out: what it does not show is not known." in shown.text
    assert "Nobody Finds This" in seen(pages.get(shown.links["Show it, too"])).text


def test_scenes_are_of_counted_images_only(pages: httpx.Client) -> None:
    refused = pages.get("/api/scenes", params={"q": "not horror or images:0"})
    assert refused.status_code == 400
    assert "Unknown field 'images' for scenes" in refused.json()["detail"]


@pytest.mark.usefixtures("filled")
def test_a_saved_search_does_the_same(pages: httpx.Client) -> None:
    saved = pages.put("/api/searches/no horror", params={"q": "not horror"})
    assert saved.status_code == 200
    result = CliRunner().invoke(app, ["--saved", "no horror", "--json"])
    answer = json.loads(result.stdout)
    assert UNCOUNTED not in {movie["movie_id"] for movie in answer["movies"]}
    assert answer["left_out"]["movies"] == 1
    assert pages.delete("/api/searches/no horror").status_code == 204


@pytest.mark.usefixtures("filled")
def test_the_command_says_so(pages: httpx.Client) -> None:
    shown = CliRunner().invoke(app, ["not horror"]).stdout
    assert "1 movie without images is left out: what it does not show is not known." in shown
    assert "movietag search 'not horror or images:0'" in shown
    assert "images is left out" not in CliRunner().invoke(app, ["not horror or images:0"]).stdout
    why = CliRunner().invoke(app, ["not horror", "--why", "Nobody Finds This"])
    assert "not horror: not known: no image is counted yet" in why.stdout
    assert why.exit_code == 1
