from __future__ import annotations

import struct
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from query_trees import leaves, trees

from movietag.search.query import Node, parse, render
from movietag.search.query.elastic import Target, above, ceiling, floor
from movietag.search.query.evaluator import Evaluator, in_title
from movietag.search.query.nodes import And, Not, Or, Text
from movietag.search.query.normal_form import NormalQuery, to_nnf
from movietag.search.query.tags import TagNames
from movietag.vocabulary import from_lines

NAMES = TagNames(from_lines("films", ["horror", "comedy", "sci-fi"]))


@dataclass(frozen=True)
class Film:
    ratios: dict[str, float] = field(default_factory=dict)
    movie_id: str = "harbor"
    title: str = "Moonlit Harbor"
    year: int | None = 1998
    status: str = "complete"
    tagger: str = "demo@0123"
    sources: tuple[str, ...] = ("search",)
    images: int = 50

    def ratio(self, tag: str) -> float:
        return self.ratios.get(tag, 0.0)


FILM = Film({"horror": 0.5, "comedy": 0.08})
MEANING = Evaluator(0.1, {Text("castle"): {"harbor"}})


def holds(query: str, film: Film = FILM) -> bool:
    return MEANING.holds(to_nnf(parse(query, NAMES)), film)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        ("horror", True),
        ("sci-fi", False),
        ("horror>=50%", True),
        ("horror>50%", False),
        ("horror<=50%", True),
        ("horror<50%", False),
        ("sci-fi>=0%", True),
        ("sci-fi>0%", False),
        ("comedy", True),
        ("not comedy", True),  # 8 % is below the cut
        ("not not comedy", True),
        ("not horror", False),
        ("not (comedy or sci-fi)", True),
        ("not (comedy and horror)", True),
        ("not comedy>=5%", False),
        ("horror and not comedy and year:1990..1999", True),
        ("sci-fi or horror", True),
        ("title:harb", True),
        ("title:'harb moon'", True),
        ("title:arbor", False),
        ("text:castle", True),
        ("text:'moonlit harbor'", True),
        ("text:moon", False),
        ("text:moon*", True),
        ("year:..1997", False),
        ("not year:1998", False),
        ("tagger:demo*", True),
        ("tagger:demo", False),
        ("status:complete source:search movie:harbor", True),
        ("source:url", False),
    ],
)
def test_what_fits(query: str, expected: bool) -> None:
    assert holds(query) is expected
    assert holds(f"not not ({query or 'horror'})") is (expected if query else True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("not horror", False),
        ("-horror", False),
        ("horror<10%", False),
        ("horror<=0%", False),
        ("not horror>=1%", False),
        ("not horror<0%", False),
        ("horror>=0%", False),
        ("not text:castle", False),
        ("not horror and not comedy", False),
        ("not (horror or title:heat)", False),
        ("not (horror and title:heat)", True),  # of another title, whatever its images show
        ("not title:heat and not year:1999 and not status:complete", True),
        ("images:0", True),
        ("images:0..", True),
        ("images:1..", False),
        ("not images:0", False),
        ("not horror or images:0", True),
        ("year:1990.. and (not horror or images:0)", True),
        ("", True),
    ],
)
def test_what_a_movie_without_images_does_not_show_is_not_known(query: str, expected: bool) -> None:
    assert holds(query, Film(images=0, status="failed")) is expected


def test_with_images_the_same_conditions_hold() -> None:
    film = Film(images=1)
    for query in ("not horror", "-horror", "horror<10%", "horror<=0%", "not text:door"):
        assert holds(query, film)
        assert not holds(query, Film(images=0))


def test_a_movie_without_a_year_is_of_no_range() -> None:
    assert not holds("year:..2030", Film(year=None))
    assert holds("not year:..2030", Film(year=None))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("horror and not comedy", ["horror", "not comedy"]),
        ("horror or sci-fi", ["horror"]),
        ("(sci-fi or horror>=90%) and comedy", ["sci-fi", "horror>=90%"]),
        ("not (horror or comedy)", ["not horror"]),
        ("year:1998 and sci-fi", ["sci-fi"]),
        ("", []),
    ],
)
def test_why_it_fits_or_does_not(query: str, expected: list[str]) -> None:
    found = MEANING.decisive(to_nnf(parse(query, NAMES)), FILM)
    assert [render(condition) for condition in found] == expected


def test_tags_to_rank_by() -> None:
    where = parse("horror and (sci-fi>=1% or not comedy) and not (horror or not sci-fi)", NAMES)
    assert NormalQuery.of(where).tags == ("horror", "sci-fi")
    assert NormalQuery.of(parse("horror<5% comedy", NAMES)).tags == ("comedy",)


@given(trees(leaves(NAMES.vocabulary.tags, "movies")))
def test_pushing_leaves_nots_at_conditions(tree: Node) -> None:
    def flat(node: Node) -> bool:
        if isinstance(node, And | Or):
            return all(flat(part) for part in node.parts)
        return not (isinstance(node, Not) and isinstance(node.part, And | Or | Not))

    assert flat(to_nnf(tree))
    assert to_nnf(to_nnf(tree)) == to_nnf(tree)


@pytest.mark.parametrize(
    ("text", "words", "begins", "expected"),
    [
        ("A dark castle.", "dark castle", False, True),
        ("A dark old castle.", "dark castle", False, False),
        ("A dark castle.", "dark cas", True, True),
        ("A dark castle.", "da castle", True, False),
        ("", "castle", False, False),
    ],
)
def test_words_side_by_side(text: str, words: str, begins: bool, expected: bool) -> None:
    assert in_title(Text(words, begins), text) is expected


def test_a_large_vocabulary_is_asked_by_its_sparse_vector() -> None:
    clause = Target("movies", True, 0.1, {}).clause(to_nnf(parse("horror>=30%", NAMES)))
    assert clause["function_score"]["min_score"] == pytest.approx(0.2998047)
    assert clause["function_score"]["query"]["sparse_vector"]["query_vector"] == {"horror": 1.0}


def stored(ratio: float) -> float:
    """What Lucene's FeatureField keeps of a weight (seen on the server: 0.3 gives 0.2998047)."""
    bits = struct.unpack(">I", struct.pack(">f", ratio))[0]
    return float(struct.unpack(">f", struct.pack(">I", bits & 0xFFFF8000))[0])


RATIOS = st.builds(lambda a, b: min(a, b) / max(a, b), st.integers(1, 500), st.integers(1, 500))


@given(RATIOS, RATIOS)
def test_cut_off_weights_never_lose_a_movie(ratio: float, limit: float) -> None:
    if ratio >= limit:
        assert stored(ratio) >= floor(limit)
    else:
        assert not stored(ratio) >= ceiling(limit)
    if ratio <= limit:
        assert not stored(ratio) >= above(limit)
