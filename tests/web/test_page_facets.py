"""Several values of one facet on the page: any of several decades, all or any of several tags."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
from reading import Seen, seen


def asked(page: Seen, link: str) -> str:
    return parse_qs(urlsplit(page.links[link]).query)["q"][0]


def page_of(pages: httpx.Client, query: str) -> Seen:
    return seen(pages.get("/", params={"q": query}))


def test_a_second_decade_widens_what_is_found(pages: httpx.Client) -> None:
    first = page_of(pages, "horror and year:1970..1979")
    both = asked(first, "2010..2019")
    assert both == "horror and (year:1970..1979 or year:2010..2019)"
    shown = page_of(pages, both)
    assert "3 movies" in shown.text
    assert asked(shown, "1970..1979 (selected; remove)") == "horror and year:2010..2019"
    assert "The Barn" in shown.text
    assert "One Grin" in shown.text


def test_all_or_any_of_the_tags(pages: httpx.Client) -> None:
    one = page_of(pages, "horror")
    both = page_of(pages, asked(one, "comedy"))
    assert asked(one, "comedy") == "horror and comedy"
    assert asked(both, "Any of them") == "horror or comedy"
    some = page_of(pages, "horror or comedy")
    assert asked(some, "All of them") == "horror and comedy"
    assert asked(some, "romantic") == "horror or comedy or romantic"
    assert asked(some, "Exclude gothic") == "(horror or comedy) and not gothic"
    assert "Any of them" not in one.links
    assert "All of them" not in both.links


def test_scenes_are_narrowed_as_movies_are(pages: httpx.Client) -> None:
    def scenes_of(query: str) -> Seen:
        return seen(pages.get("/scenes", params={"q": query}))

    first = scenes_of("horror and movie:barn")
    both = asked(first, "One Grin (2011)")
    assert both == "horror and (movie:barn or movie:grin)"
    shown = scenes_of(both)
    assert "43 frames fit" in shown.text
    assert urlsplit(shown.links["western"]).path == "/scenes"
    assert asked(shown, "The Barn (1977) (selected; remove)") == "horror and movie:grin"
    assert asked(shown, "Exclude cut").endswith("and not quality:cut")
    tags = scenes_of("horror and western")
    assert asked(tags, "Any of them") == "horror or western"


def test_scenes_in_another_order(pages: httpx.Client) -> None:
    shown = seen(pages.get("/scenes", params={"q": "horror and text:data", "by": "length"}))
    assert shown.text.index("Moonlit Harbor") < shown.text.index("One Grin")
    assert {"Text", "Title", "Longest"} <= shown.links.keys()
    assert "Meaning" not in shown.links  # the query has no about:
    for link in ("Title", "comedy", "CSV"):
        assert parse_qs(urlsplit(shown.links[link]).query)["by"] == (
            ["title"] if link == "Title" else ["length"]
        )
    wrong = pages.get("/scenes", params={"q": "horror", "by": "text"})
    assert wrong.status_code == 400
    assert "needs words" in wrong.text
