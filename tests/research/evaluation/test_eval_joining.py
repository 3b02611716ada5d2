from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.research.evaluation.joining import join
from movietag.research.evaluation.naming import imdb_id, keys
from movietag.research.evaluation.tables import Assigned, Kind, NamedMovie, Reference
from movietag.search.naming import split_year

TAGS = ("cult", "horror")


def reference(*movies: NamedMovie, kind: Kind = "genome") -> Reference:
    relevance = np.array([[row / 10, 1 - row / 10] for row in range(len(movies))])
    return Reference(kind, "ml", movies, TAGS, relevance, absent=("prank",))


def run(*movies: NamedMovie, tags: tuple[str, ...] = ("horror", "cult")) -> Assigned:
    counts = np.array([[row + 1] * len(tags) for row in range(len(movies))], dtype=np.int64)
    counts[:, 0] *= 2
    return Assigned("before", movies, tags, counts, np.full(len(movies), 20))


def named(text: str, movie_id: str = "", imdb: str = "") -> NamedMovie:
    title, year = split_year(text)
    return NamedMovie(movie_id or text, title, year, imdb)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("The Matrix (1999)", "Matrix, The (1999)"),
        ("the matrix (1999)", "MATRIX, THE (1999)"),
        ("La Haine (1995)", "Hate (Haine, La) (1995)"),
        ("Se7en (1995)", "Seven (a.k.a. Se7en) (1995)"),
        ("Heat", "Heat (1995)"),
        ("Heat (1995)", "Heat"),
    ],
)
def test_one_title_as_two_catalogues_write_it(ours: str, theirs: str) -> None:
    both = join(reference(named("Another (1995)"), named(theirs)), run(named(ours)))
    assert both.relevance.tolist() == [[0.1, 0.9]]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Alien³ (1992)", "Alien 3 (1992)"),
        ("Alien³ (1992)", "Alien3 (1992)"),
        ("Rocky II (1979)", "Rocky 2 (1979)"),
        ("Mr. & Mrs. Smith (2005)", "Mr and Mrs Smith (2005)"),
        ("Mr. & Mrs. Smith (2005)", "Mister and Mrs. Smith"),
        (
            "Le Fabuleux Destin d'Amélie Poulain (2001)",
            "Le fabuleux destin d'Amelie Poulain (2001)",
        ),
        ("Æon Flux (2005)", "Aeon Flux (2005)"),
        ("WALL·E (2008)", "WALL-E (2008)"),
        ("L'Avventura (1960)", "Avventura, L' (1960)"),
        ("Good Bye, Lenin! (2003)", "Goodbye Lenin (2003)"),
        ("S.W.A.T. (2003)", "SWAT (2003)"),
        ("Smörgåsbord (1983)", "Cracking Up (Smorgasbord) (1983)"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_what_people_write_differently(ours: str, theirs: str, turned: bool) -> None:
    if turned:
        ours, theirs = theirs, ours
    both = join(reference(named("Another (1995)"), named(theirs)), run(named(ours)))
    assert both.relevance.tolist() == [[0.1, 0.9]]


def test_a_title_as_written_goes_before_one_that_is_alike() -> None:
    known = reference(named("Amelie (2001)"), named("Amélie (2001)"))
    assert join(known, run(named("Amélie (2001)"))).relevance[0, 0] == 0.1
    alike = reference(named("Amelie (2001)"), named("Amèlie (2001)"))
    with pytest.raises(UsageError, match="1 may be several of it"):
        join(alike, run(named("Amélie (2001)")))


def test_what_does_not_join_is_listed_with_the_nearest_title() -> None:
    known = reference(named("Ran (1985)"), named("Alien (1979)"), named("Ikiru (1952)"), kind="own")
    both = join(known, run(named("Ran (1985)"), named("Alein (1979)"), named("Zz (1999)")))
    assert both.notes[:2] == (
        "2 movies left out: not in the reference: Alein (1979) (nearest: Alien (1979)), Zz (1999).",
        "2 lines of the reference without a movie: Alien (1979), Ikiru (1952).",
    )
    with pytest.raises(UsageError, match=r"Alein \(1979\) \(nearest: Alien \(1979\)\)"):
        join(known, run(named("Alein (1979)")))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Heat (1995)", "Heat (1986)"),
        ("Alien³ (1992)", "Alien 3 (1993)"),
        ("Aliens", "Alien"),
        ("Alien (1979)", "Alien 2 (1979)"),
        ("Heat (1995)", "The Heat (1995)"),
        ("(500)", "(1999)"),
    ],
)
def test_another_movie_is_not_taken(ours: str, theirs: str) -> None:
    with pytest.raises(UsageError, match="none of its 1 movies matches one in ml"):
        join(reference(named(theirs)), run(named(ours)))


def test_an_id_goes_before_the_title() -> None:
    known = reference(
        named("Heat (1995)", "7", "tt0000007"), named("Heat (1986)", "8", "tt0000008")
    )
    both = join(known, run(named("Heat (1995)", "tt0000008")))
    assert both.relevance[0, 0] == 0.1


def test_a_number_is_no_imdb_id_and_no_number_of_the_genome() -> None:
    known = reference(
        named("Heat (1995)", "7", "tt0000007"), named("Heat (1986)", "8", "tt0000008")
    )
    with pytest.raises(UsageError, match="none of its 1 movies"):
        join(known, run(named("Else (1950)", "8")))


def test_a_title_that_may_be_several_is_left_out_and_told() -> None:
    known = reference(named("Heat"), named("Heat"), named("Ran"), kind="mpst")
    both = join(known, run(named("Heat (1995)"), named("Ran (1985)"), named("Ikiru (1952)")))
    assert [movie.title for movie in both.movies] == ["Ran"]
    assert both.notes[0] == "1 movie left out: not in the reference: Ikiru (1952)."
    assert "1 movie left out: the title means several movies" in both.notes[1]


@pytest.mark.parametrize(("ours", "row"), [("Heat (1995)", 1), ("Heat", 2)])
def test_the_very_year_goes_before_an_unknown_one(ours: str, row: int) -> None:
    both = join(
        reference(named("Heat (1986)"), named("Heat (1995)"), named("Heat")), run(named(ours))
    )
    assert both.relevance[0, 0] == row / 10


def test_columns_are_those_of_the_reference() -> None:
    both = join(reference(named("Ran (1985)")), run(named("Ran (1985)")))
    assert both.tags == TAGS
    assert both.counts.tolist() == [[1, 2]]  # the run has horror first
    assert both.ratios.tolist() == [[0.05, 0.1]]


def test_a_tag_that_the_run_lacks_is_never_assigned_and_told() -> None:
    both = join(reference(named("Ran (1985)")), run(named("Ran (1985)"), tags=("horror",)))
    assert both.counts.tolist() == [[0, 2]]
    assert "1 tag of the reference missing in the run" in both.notes[-1]


def test_two_movies_cannot_be_one() -> None:
    twice = run(named("Ran (1985)", "a"), named("ran (1985)", "b"))
    with pytest.raises(UsageError, match=r"Ran \(1985\) and ran \(1985\) are one movie of ml"):
        join(reference(named("Ran (1985)")), twice)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("114709", "tt0114709"), ("tt0114709", "tt0114709"), ("heat", ""), ("", "")],
)
def test_imdb_ids(text: str, expected: str) -> None:
    assert imdb_id(text) == expected


@given(st.text(max_size=60))
def test_any_title_has_keys(title: str) -> None:
    assert list(keys(title))
