from __future__ import annotations

import pytest

from movietag.errors import UsageError
from movietag.search.naming import NothingFound, pick, split_year, timecode
from movietag.search.query.nodes import Tag
from movietag.search.query.tags import TagNames, parse_tag
from movietag.search.results import Movie
from movietag.vocabulary import Vocabulary, load

MPST = TagNames(load("mpst"))
ALIASED = TagNames(Vocabulary("aliased", {"science fiction": ("sci-fi", "sf"), "mission 7": ()}))


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("horror", MPST, Tag("horror", ">=", 0.2)),
        (" Horror ", MPST, Tag("horror", ">=", 0.2)),
        ("horror:0.5", MPST, Tag("horror", ">=", 0.5)),
        ("horror:50%", MPST, Tag("horror", ">=", 0.5)),
        ("horror:0", MPST, Tag("horror")),
        ("SCI FI:1", MPST, Tag("sci-fi", ">=", 1)),
        ("sf:.5", ALIASED, Tag("science fiction", ">=", 0.5)),
        ("mission:7", ALIASED, Tag("mission 7", ">=", 0.2)),  # the tag itself comes first
        ("mission 7:0.7", ALIASED, Tag("mission 7", ">=", 0.7)),
    ],
)
def test_asking_for_a_tag(text: str, names: TagNames, expected: Tag) -> None:
    assert parse_tag(text, names, 0.2) == expected


def test_a_tag_without_a_ratio_must_occur() -> None:
    assert parse_tag("horror", MPST) == Tag("horror")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("horor", "no tag 'horor'. Did you mean horror"),
        ("horor:0.5", "no tag 'horor'. Did you mean horror"),
        ("xqzw", "no tag 'xqzw'. None is spelled like it"),
        ("", "no tag ''"),
        ("horror:30", "between 0 and 1"),
        ("horror:130%", "between 0 and 1"),
        ("horror:0.3.1", "0.3.1 is not a number"),
    ],
)
def test_what_is_no_tag_is_told(text: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_tag(text, MPST, 0.2)
    assert says in str(error.value)


def test_a_default_ratio_out_of_range_is_told() -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        parse_tag("horror", MPST, float("nan"))


def test_the_tag_of_the_nearest_form_is_told() -> None:
    assert ALIASED.nearest("sci-fo") == ["science fiction"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0:00.0"),
        (12.5, "0:12.5"),
        (59.96, "1:00.0"),
        (754.04, "12:34.0"),
        (3723.25, "1:02:03.2"),
        (3599.99, "1:00:00.0"),
    ],
)
def test_timecode(seconds: float, expected: str) -> None:
    assert timecode(seconds) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Heat (1995)", ("Heat", 1995)),
        (" Heat ", ("Heat", None)),
        ("1917", ("1917", None)),
        ("(1995)", ("(1995)", None)),
        ("달빛 항구(2003)", ("달빛 항구", 2003)),
    ],
)
def test_split_year(text: str, expected: tuple[str, int | None]) -> None:
    assert split_year(text) == expected


def a_movie(movie_id: str, title: str, year: int | None = None, updated_ms: int = 1) -> Movie:
    return Movie(movie_id, title, year, "complete", "", 1, 1, 0, {}, "t", "v", 1, (), 1, updated_ms)


HEAT = a_movie("heat-95", "Heat", 1995)
OLD_HEAT = a_movie("heat-86", "Heat", 1986)
BODY_HEAT = a_movie("body", "Body Heat", 1981)
LATER = a_movie("heat-95", "Heat", 1995, updated_ms=9)


@pytest.mark.parametrize(
    ("text", "candidates", "expected"),
    [
        ("heat-95", [HEAT, OLD_HEAT], HEAT),
        ("HEAT", [BODY_HEAT, HEAT], HEAT),
        ("Heat (1986)", [HEAT, OLD_HEAT], OLD_HEAT),
        ("body", [BODY_HEAT, HEAT], BODY_HEAT),
        ("heat", [HEAT, LATER], LATER),
        ("Ｈｅａｔ  （１９８６）", [HEAT, OLD_HEAT], OLD_HEAT),  # noqa: RUF001
        ('{"title": "heat", "year": 1986}', [HEAT, OLD_HEAT], OLD_HEAT),
        ("hea", [BODY_HEAT], BODY_HEAT),
    ],
)
def test_the_movie_that_is_meant(text: str, candidates: list[Movie], expected: Movie) -> None:
    assert pick(text, candidates) is expected


def test_several_movies_are_listed_with_their_ids() -> None:
    with pytest.raises(UsageError) as error:
        pick("heat", [HEAT, OLD_HEAT])
    assert str(error.value).splitlines() == [
        "'heat' matches several movies; use an id:",
        "  heat-95  Heat (1995)",
        "  heat-86  Heat (1986)",
    ]


@pytest.mark.parametrize("text", ["", "Alien", "Heat (2001)"])
def test_no_movie_is_meant(text: str) -> None:
    with pytest.raises(NothingFound):
        pick(text, [] if text != "Heat (2001)" else [HEAT])
