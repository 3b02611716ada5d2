"""The pages over HTTP: what stands on them, and where their links lead."""

from __future__ import annotations

import httpx
from kept_frames import MOVIE, VIDEO
from reading import Seen, seen
from written import MARKUP

from movietag.web.thumbnails import thumbnail_path

TIMES = "\N{MULTIPLICATION SIGN}"


def asked(pages: httpx.Client, q: str) -> Seen:
    return seen(pages.get("/", params={"q": q}))


def query(link: str) -> str:
    """The query that a link asks."""
    return httpx.URL(link).params.get("q", "")


def cards(found: Seen) -> list[str]:
    """The movies of the cards, in order; the page has no other links to movies."""
    return [link.removeprefix("/movies/") for link in found.links.values() if "/movies/" in link]


def test_the_first_page_shows_the_latest(pages: httpx.Client) -> None:
    found = seen(pages.get("/"))
    assert "Latest of 12" in found.text
    assert cards(found)[:4] == ["marked", "none", "evil", "up-close"]
    assert len(cards(found)) == 12


def test_a_query(pages: httpx.Client) -> None:
    found = asked(pages, "horror>=30% and not comedy")
    assert cards(found) == ["grin", "harbor", "barn"]
    assert "3 movies" in found.text
    assert found.rows[1][:3] == ["horror", "", "80%"]
    assert "Why it matches" in found.text


def test_nothing_fits(pages: httpx.Client) -> None:
    found = asked(pages, "gothic and western")
    assert "No movie matches" in found.text
    assert cards(found) == []


def test_chips_and_facets_are_other_queries(pages: httpx.Client) -> None:
    links = asked(pages, "horror>=30% and not comedy").links
    assert query(links["Remove horror>=30%"]) == "not comedy"
    assert query(links["Require comedy instead"]) == "horror>=30% and comedy"
    links = asked(pages, "horror").links
    assert query(links["gothic"]) == "horror and gothic"
    assert query(links["Exclude gothic"]) == "horror and not gothic"
    assert query(links["horror (selected; remove)"]) == ""
    assert cards(asked(pages, query(links["1990..1999"]))) == ["harbor"]


def test_a_slider_keeps_the_order(pages: httpx.Client) -> None:
    moved = {"q": "horror and not comedy", "part": 1, "at": 12, "by": "lift"}
    answer = pages.get("/threshold", params=moved)
    assert answer.status_code == 303
    there = httpx.URL(answer.headers["location"])
    assert dict(there.params) == {"q": "horror and not comedy>=12%", "by": "lift"}


def test_orders(pages: httpx.Client) -> None:
    links = asked(pages, "horror").links
    assert cards(seen(pages.get(links["Title"]))) == ["barn", "laugh", "harbor", "grin"]
    assert "Text" not in links
    assert "Text" in asked(pages, "text:scene").links


def test_pages_are_the_whole(pages: httpx.Client) -> None:
    """Twelve movies stand on a page, and the library has no more: the API's page makes a next one."""
    whole = cards(asked(pages, "horror"))
    first = pages.get("/api/movies", params={"q": "horror", "limit": 1}).json()
    rest = seen(pages.get("/", params={"q": "horror", "next": first["next"]}))
    assert [first["movies"][0]["movie_id"], *cards(rest)] == whole
    assert "Movies 2 to 4 of 4" in rest.text
    assert "Next" not in rest.links
    assert cards(seen(pages.get(rest.links["First page"]))) == whole
    assert cards(seen(pages.get(rest.links["Previous"]))) == whole


def test_plain_words_and_their_other_readings_lead_somewhere(pages: httpx.Client) -> None:
    found = asked(pages, "moonlit harbor")
    assert cards(found) == ["harbor"]
    assert 'Read as title:"moonlit harbor"' in found.text
    assert query(found.links["words of captions"]) == "text:moonlit and text:harbor"
    seen(pages.get(found.links["words of captions"]))


def test_the_ways_out_of_a_mistake_lead_somewhere(pages: httpx.Client) -> None:
    ways = seen(pages.get("/", params={"q": "horror and comdy"}), 400).links
    assert cards(asked(pages, query(ways["horror and comedy"]))) == cards(
        asked(pages, "horror and comedy")
    )


def test_a_movie_that_is_missed(pages: httpx.Client) -> None:
    answer = pages.get("/why", params={"movie": "The Barn", "q": "gothic"})
    assert answer.headers["location"] == "/movies/barn?q=gothic#verdict"
    assert "No. It does not match gothic" in seen(pages.get("/movies/barn?q=gothic")).text
    assert "Yes. It matches" in seen(pages.get("/movies/harbor?q=gothic")).text
    wrong = seen(pages.get("/movies/harbor?q=comdy"), 400)
    assert wrong.links["comedy"] == "/movies/harbor?q=comedy"


def test_suggestions(pages: httpx.Client) -> None:
    def offered(q: str) -> list[tuple[str, str]]:
        options = seen(pages.get("/suggest", params={"q": q})).elements
        return [(one["data-q"], one.get("data-href", "")) for tag, one in options if tag == "li"]

    assert ("horror and comedy ", "") in offered("horror and com")
    assert ("movie:harbor ", "/movies/harbor") in offered("moonl")
    assert ("movie:harbor ", "/movies/harbor") in offered("moonlit har")
    assert offered("horror and ") == []


def test_the_table_of_tags_by_ratio_and_by_lift(pages: httpx.Client) -> None:
    found = seen(pages.get("/movies/harbor"))
    assert [row[:4] for row in found.rows[1:4]] == [
        ["gothic", "63", "", "76.83%"],
        ["horror", "41", "", "50.00%"],
        ["murder", "20", "", "24.39%"],
    ]
    assert found.links["gothic"] == "/?q=gothic"
    rows = seen(pages.get(found.links["Lift"])).rows[1:4]
    lifts = [float(row[4].removesuffix(TIMES)) for row in rows]
    assert lifts == sorted(lifts, reverse=True)
    assert {row[0] for row in rows} == {"gothic", "horror", "murder"}


def test_a_movie_with_its_videos_frames_and_letters(pages: httpx.Client) -> None:
    found = seen(pages.get("/movies/harbor"))
    for said in ("score 3.5 from search", "whole title", "9 of 10 frames captioned"):
        assert said in found.text
    slots = {label: link for label, link in found.links.items() if "#t=" in link}
    assert slots["0:12: gothic, horror, murder"] == "http://127.0.0.1:9/video/a.mp4#t=12.5"
    assert len(slots) == 82
    assert thumbnail_path(MOVIE, VIDEO, 2) in found.loads
    assert "1 in all: work on this movie that failed for good" in found.text
    assert f"bad-image: The frame cannot be decoded: {MARKUP}" in found.text
    assert seen(pages.get("/movies/laugh")).links["One Grin 2011"] == "/movies/grin"


def test_a_movie_of_which_nothing_was_found(pages: httpx.Client) -> None:
    text = seen(pages.get("/movies/none")).text
    assert "The search found no video." in text
    assert "No tag has been seen." in text
    assert "Dead letters" not in text


def test_scenes_open_at_their_second(pages: httpx.Client) -> None:
    asked = {"q": "murder and movie:harbor"}
    found = seen(pages.get("/scenes", params=asked))
    assert "20 frames fit" in found.text
    starts = [link for label, link in found.links.items() if label.startswith("Open at")]
    assert "http://127.0.0.1:9/video/a.mp4#t=0.0" in starts
    scenes = pages.get("/api/scenes", params=asked).json()["scenes"]
    assert sorted(starts) == sorted(scene["link"] for scene in scenes)
