"""Near titles on the pages and in the API: the answer says that nothing matches exactly."""

from __future__ import annotations

import httpx
import pytest
from reading import seen

SAID = "No exact match for <code>title:&#34;moonlit harbr&#34;</code>; near titles:"


@pytest.mark.parametrize("path", ["/", "/scenes"])
def test_a_page_says_that_titles_are_near(pages: httpx.Client, path: str) -> None:
    answer = pages.get(path, params={"q": "title:'moonlit harbr'"})
    seen(answer, 200)
    assert SAID in answer.text
    assert "Moonlit Harbor" in answer.text
    assert "near titles" not in pages.get(path, params={"q": "title:'moonlit hárbor'"}).text


@pytest.mark.parametrize("path", ["/api/movies", "/api/scenes"])
def test_the_api_names_the_conditions(pages: httpx.Client, path: str) -> None:
    answer = pages.get(path, params={"q": "title:'moonlit harbr'"}).json()
    assert answer["near"] == ['title:"moonlit harbr"']
    assert "near" not in pages.get(path, params={"q": "title:moonlitharbor"}).json()


@pytest.mark.parametrize(
    "asked",
    [
        "moonlit-harbr-1998-00000000",
        "Moonlit Harbor",
        "Moonlit Harbor (1998)",
        "moonlit-harbor",
    ],
)
@pytest.mark.parametrize("call", ["", "/similar", "/why"])
def test_an_unknown_movie_comes_with_near_ones(pages: httpx.Client, asked: str, call: str) -> None:
    answer = pages.get(f"/api/movies/{asked}{call}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert problem["near"] == [{"movie_id": "harbor", "title": "Moonlit Harbor", "year": 1998}]
    assert problem["detail"].endswith("\nNear titles: Moonlit Harbor (1998).")


@pytest.mark.parametrize("asked", ["qqqqqqq", "tt0113277", "%7B%22", "..."])
def test_nothing_is_near_to_it(pages: httpx.Client, asked: str) -> None:
    answer = pages.get(f"/api/movies/{asked}")
    assert (answer.status_code, "near" in answer.json()) == (404, False)


def test_the_page_links_to_near_movies(pages: httpx.Client) -> None:
    answer = pages.get("/movies/moonlit-harbr-1998-00000000")
    seen(answer, 404)
    assert '<a href="/movies/harbor">Moonlit Harbor (1998)</a>' in answer.text
    assert answer.text.count("Near titles") == 1
