"""What a catalogue knows of a film, as evidence about the videos of a search."""

from __future__ import annotations

from typing import Any

import pytest

from movietag.crawl.from_catalogue import length_points, other_titles, unlisted
from movietag.crawl.known_film import KnownFilm, OfficialVideo, VideoSite
from movietag.crawl.ranking import Ranking, rank
from movietag.crawl.search_job import SearchHit

YOUTUBE = VideoSite.YOUTUBE
FILM = KnownFilm(
    titles=("Parasite", "기생충", "寄生上流"),
    years=(2019,),
    seconds=7_980.0,
    official=(OfficialVideo(YOUTUBE, "aaaaaaaaaaa"), OfficialVideo(VideoSite.VIMEO, "76979871")),
)


def searched(
    film: KnownFilm | None,
    *videos: dict[str, Any],
    title: str = "Parasite",
    year: int | None = 2019,
) -> Ranking:
    hits = [
        SearchHit(
            **{"extractor": "youtube", "id": f"id{at}", "url": "https://y.test/", "seconds": 90.0}
            | {"position": at, **video}
        )
        for at, video in enumerate(videos)
    ]
    return rank(title, year, hits, min_seconds=20.0, max_seconds=10_000.0, film=film)


def test_any_title_of_the_film_is_its_title() -> None:
    korean = {"title": "기생충 메인 예고편"}
    assert not searched(None, korean).accepted
    assert searched(FILM, korean).accepted


def test_official_videos_come_first_whatever_they_are_called() -> None:
    ranking = searched(
        FILM,
        {"title": "Parasite (2019) Official Trailer", "verified": True},
        {"title": "[예고] 계획이 다 있구나", "id": "aaaaaaaaaaa"},
        {"title": "Parasite (1982) trailer", "id": "76979871", "extractor": "vimeo"},
    )
    assert [video.video_id for video in ranking.accepted] == [
        *("youtube:aaaaaaaaaaa", "vimeo:76979871", "youtube:id0")
    ]
    assert "+20 official, says the catalogue" in ranking.accepted[0].reasons


def test_an_official_video_that_cannot_be_sampled_is_refused_all_the_same() -> None:
    ranking = searched(FILM, {"title": "Parasite", "id": "aaaaaaaaaaa", "seconds": 6.0})
    assert not ranking.accepted


@pytest.mark.parametrize(
    ("seconds", "minutes", "points"),
    [
        (7_980, 133, 2),
        (7_000, 133, 2),  # at 25 pictures a second, without credits
        (90, 133, 0),
        (4_000, 133, 0),
        (12_000, 133, -5),
        (120, 2, 0),  # a trailer of a film that is as short
        (420, 7, 2),
        (900, 7, 0),  # short films have wrong running times too often
    ],
)
def test_what_a_length_says(seconds: float, minutes: float, points: float) -> None:
    film = KnownFilm(titles=("Parasite",), seconds=60 * minutes)
    assert sum(worth for worth, _ in length_points(seconds, film)) == points


def test_the_whole_film_is_told_from_what_only_has_its_name() -> None:
    heat = KnownFilm(titles=("Heat",), years=(1995,), seconds=7_980.0)
    whole = {"title": "Heat", "seconds": 7_900.0}
    assert not searched(None, whole, title="Heat").accepted
    assert searched(heat, whole, title="Heat").accepted
    assert not searched(heat, {"title": "Thief", "seconds": 7_900.0}, title="Heat").accepted
    longer = {"title": "Heat (1995) trailer", "seconds": 9_999.0}
    assert not searched(heat, longer, title="Heat", year=1995).accepted


def test_the_year_of_the_film_is_known_where_the_title_has_none() -> None:
    other = {"title": "Parasite (1982) trailer"}
    assert searched(None, other, year=None).accepted
    assert not searched(FILM, other, year=None).accepted


@pytest.mark.parametrize(
    ("title", "titles", "others"),
    [
        ("9", ("9", "#9", "Девять", "Nine", "Número 9"), ("Número 9",)),
        ("Super Mario Bros.", ("Super Mario Bros: The Movie", "Super Mario 1"), ("Super Mario 1",)),
        ("Thor", ("Thor: God of Thunder", "Marvel's Thor"), ("Thor: God of Thunder",)),
        ("Batman v Superman", ("Batman v Superman", "Batman", "Superman"), ()),
        ("Heat", ("heat", "HEAT", "Heat: Fuego", "x" * 121, "!!!"), ("Heat: Fuego",)),
        ("Heat", tuple(f"Heat in the city of number {at}x" for at in range(99)), None),
    ],
)
def test_other_titles(title: str, titles: tuple[str, ...], others: tuple[str, ...] | None) -> None:
    found = other_titles(title, KnownFilm(titles=titles))
    assert found == others if others is not None else len(found) == 40


def test_official_videos_that_the_search_did_not_return_are_added_where_their_site_is_allowed() -> (
    None
):
    youtube, vimeo = unlisted(FILM, (), ("youtube.com", "vimeo.com"))
    assert youtube.url == "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    assert youtube.score > vimeo.score
    assert "not among the results" in vimeo.reasons
    assert unlisted(FILM, (), ("youtube.com",)) == [youtube]
    assert unlisted(FILM, (youtube.video_id,), ("youtube.com", "vimeo.com")) == [vimeo]
    assert unlisted(None, (), ("youtube.com",)) == []
