from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.search import queries
from movietag.search.found import Movie, NothingFound, pick, split_year, timecode
from movietag.search.queries import MovieQuery, SceneQuery
from movietag.search.tags import AskedTag, ask
from movietag.vocabulary import Vocabulary, from_lines, load

MPST = load("mpst")
LARGE = from_lines("large", ["horror", *(f"tag {n}" for n in range(400))])
ALIASED = Vocabulary("aliased", {"science fiction": ("sci-fi", "sf"), "mission 7": ()})


@pytest.mark.parametrize(
    ("text", "vocabulary", "expected"),
    [
        ("horror", MPST, AskedTag("horror", 0.2)),
        (" Horror ", MPST, AskedTag("horror", 0.2)),
        ("horror:0.5", MPST, AskedTag("horror", 0.5)),
        ("horror:50%", MPST, AskedTag("horror", 0.5)),
        ("horror:0", MPST, AskedTag("horror", 0)),
        ("SCI FI:1", MPST, AskedTag("sci-fi", 1)),
        ("sf:.5", ALIASED, AskedTag("science fiction", 0.5)),
        ("mission:7", ALIASED, AskedTag("mission 7", 0.2)),  # the tag itself comes first
        ("mission 7:0.7", ALIASED, AskedTag("mission 7", 0.7)),
    ],
)
def test_asking_for_a_tag(text: str, vocabulary: Vocabulary, expected: AskedTag) -> None:
    assert ask(text, vocabulary, 0.2) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("horor", "no tag 'horor'. Did you mean horror"),
        ("horor:0.5", "no tag 'horor'. Did you mean horror"),
        ("xqzw", "no tag 'xqzw'. Known: cult, horror"),
        ("", "no tag ''"),
        ("horror:30", "between 0 and 1"),
        ("horror:130%", "between 0 and 1"),
        ("horror:0.3.1", "0.3.1 is no number"),
    ],
)
def test_what_is_no_tag_is_told(text: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        ask(text, MPST, 0.2)
    assert says in str(error.value)


def test_a_default_ratio_out_of_range_is_told() -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        ask("horror", MPST, float("nan"))


def test_movies_by_ratio_without_another() -> None:
    query = MovieQuery(
        tags=(AskedTag("sci-fi", 0.3), AskedTag("horror", 0)), without=(AskedTag("comedy", 0.1),)
    )
    body = queries.movies(query, MPST)
    score = body["query"]["function_score"]
    assert score["query"] == {
        "bool": {
            "filter": [
                {"range": {"tags.sci_fi.ratio": {"gte": 0.3}}},
                {"term": {"tag_names": "horror"}},
            ],
            "must_not": [{"range": {"tags.comedy.ratio": {"gte": 0.1}}}],
        }
    }
    assert score["score_mode"] == "sum"
    assert score["boost_mode"] == "replace"
    assert [factor["field_value_factor"]["field"] for factor in score["functions"]] == [
        "tags.sci_fi.ratio",
        "tags.horror.ratio",
    ]
    assert body["sort"][0] == {"_score": "desc"}


def test_without_tags_movies_come_by_title() -> None:
    body = queries.movies(MovieQuery(title="moon", status="failed", limit=3), MPST)
    assert body["size"] == 3
    assert body["sort"] == queries.BY_TITLE
    assert {"term": {"status": "failed"}} in body["query"]["bool"]["filter"]


def test_a_large_vocabulary_is_asked_by_its_sparse_vector() -> None:
    body = queries.movies(MovieQuery(tags=(AskedTag("horror", 0.3),)), LARGE)
    assert "tags.horror" not in str(body)
    (at_least,) = body["query"]["bool"]["filter"]
    assert at_least["function_score"]["min_score"] == pytest.approx(0.2998047)
    (ranked,) = body["query"]["bool"]["must"]
    assert ranked["sparse_vector"]["query_vector"] == {"horror": 1.0}


def stored(ratio: float) -> float:
    """What Lucene's FeatureField keeps of a weight (seen on the server: 0.3 gives 0.2998047)."""
    bits = struct.unpack(">I", struct.pack(">f", ratio))[0]
    return float(struct.unpack(">f", struct.pack(">I", bits & 0xFFFF8000))[0])


RATIOS = st.builds(lambda a, b: min(a, b) / max(a, b), st.integers(1, 500), st.integers(1, 500))


@given(RATIOS, RATIOS)
def test_cut_off_weights_never_lose_a_movie(ratio: float, limit: float) -> None:
    if ratio >= limit:
        assert stored(ratio) >= queries._floor(limit)
    else:
        assert not stored(ratio) >= queries._ceiling(limit)


def test_scenes_show_all_tags() -> None:
    body = queries.scenes(SceneQuery(("murder", "gothic"), "harbor", 7))
    assert body["query"]["bool"]["filter"] == [
        {"term": {"tags": "murder"}},
        {"term": {"tags": "gothic"}},
        {"term": {"movie_id": "harbor"}},
    ]
    assert body["size"] == 7


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
        ("hea", [BODY_HEAT], BODY_HEAT),
    ],
)
def test_the_movie_that_is_meant(text: str, candidates: list[Movie], expected: Movie) -> None:
    assert pick(text, candidates) is expected


def test_several_movies_are_listed_with_their_ids() -> None:
    with pytest.raises(UsageError) as error:
        pick("heat", [HEAT, OLD_HEAT])
    assert str(error.value).splitlines() == [
        "'heat' may be one of these; give its id:",
        "  heat-95  Heat (1995)",
        "  heat-86  Heat (1986)",
    ]


@pytest.mark.parametrize("text", ["", "Alien", "Heat (2001)"])
def test_no_movie_is_meant(text: str) -> None:
    with pytest.raises(NothingFound):
        pick(text, [] if text != "Heat (2001)" else [HEAT])
