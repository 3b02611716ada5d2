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
