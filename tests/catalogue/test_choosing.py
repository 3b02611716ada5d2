"""Which film a title means, of those that a catalogue found."""

from __future__ import annotations

import pytest

from movietag.catalogue.choosing import Ambiguous, choose_film
from movietag.catalogue.film import WantedFilm
from movietag.crawl.known_film import KnownFilm


def film(title: str, *years: int, also: tuple[str, ...] = (), **ids: object) -> KnownFilm:
    return KnownFilm(titles=(title, *also), years=years, **ids)  # type: ignore[arg-type]


HEAT = film("Heat", 1995, imdb="tt0113277", tmdb=949)
OTHER_HEAT = film("Heat", 1986, imdb="tt0093164")
AFTERMATH = film("Aftermath", 2012, imdb="tt0000001")
OTHER_AFTERMATH = film("Aftermath", 2012, imdb="tt0000002", also=("Pokłosie",))
RING = film("Ring", 1998, 1999)
LEON = film("Léon: The Professional", 1994, also=("Leon", "Léon", "레옹"))


@pytest.mark.parametrize(
    ("wanted", "films", "right"),
    [
        (WantedFilm("Heat", 1995), [OTHER_HEAT, HEAT], HEAT),
        (WantedFilm("HEAT", 1996), [OTHER_HEAT, HEAT], HEAT),  # one off
        (WantedFilm("Heat", 1990), [OTHER_HEAT, HEAT], None),
        (WantedFilm("Heat", 1995), [film("Heat")], None),  # of an unknown year
        (WantedFilm("Heat"), [HEAT], HEAT),
        (WantedFilm("레옹", 1994), [LEON, HEAT], LEON),
        (WantedFilm("Leon", 1994), [film("Leon", 1995), LEON], LEON),  # the year first
        (WantedFilm("Leon", 1994), [LEON, film("Leon", 1994, tmdb=5)], film("Leon", 1994, tmdb=5)),
        (WantedFilm("Ring", 1999), [RING, film("Ring", 2000)], RING),  # released elsewhere
        (WantedFilm("Anything", None, imdb="tt0113277"), [OTHER_HEAT, HEAT], HEAT),
        (WantedFilm("Anything", None, tmdb=949), [HEAT], HEAT),
        (WantedFilm("Heat", 1995, imdb="tt7777777"), [HEAT], None),  # its id says another film
        (WantedFilm("Heat", 1995, tmdb=1), [OTHER_HEAT, HEAT], None),
        (WantedFilm("Heat", 1995, imdb="tt7777777"), [film("Heat", 1995)], film("Heat", 1995)),
        (WantedFilm("!!!", 1995), [film("???", 1995)], None),
        (WantedFilm("Heat", 1995), [HEAT, HEAT], HEAT),
        (WantedFilm("Heat", 1995), [], None),
        (WantedFilm("9", 2009), [film("Nine", 2009), film("9", 2009)], film("9", 2009)),
        (WantedFilm("Matrix, The", 1999), [film("The Matrix", 1999)], film("The Matrix", 1999)),
        (WantedFilm("Seven (a.k.a. Se7en)", 1995), [film("Se7en", 1995)], film("Se7en", 1995)),
        (WantedFilm("Dune", 2021), [film("Dune: Part One", 2021)], None),  # a part of it is not it
    ],
)
def test_choose(wanted: WantedFilm, films: list[KnownFilm], right: KnownFilm | None) -> None:
    assert choose_film(wanted, films) == right


@pytest.mark.parametrize(
    ("wanted", "films"),
    [
        (WantedFilm("Heat"), [HEAT, OTHER_HEAT]),
        (WantedFilm("Aftermath", 2012), [AFTERMATH, OTHER_AFTERMATH]),
        (WantedFilm("Aftermath", 2013), [AFTERMATH, OTHER_AFTERMATH]),
    ],
)
def test_an_ambiguous_answer_is_none(wanted: WantedFilm, films: list[KnownFilm]) -> None:
    chosen = choose_film(wanted, films)
    assert isinstance(chosen, Ambiguous)
    assert f"{films[0].titles[0]} ({films[0].year}) [{films[0].imdb}]" in str(chosen)


def test_two_items_with_one_id_are_one_film() -> None:
    again = film("Heat", 1995, imdb="tt0113277")
    assert choose_film(WantedFilm("x", imdb="tt0113277"), [HEAT, again]) == HEAT


def test_an_id_tells_two_films_of_one_title_and_year_apart() -> None:
    wanted = WantedFilm("Aftermath", 2012, imdb="tt0000002")
    assert choose_film(wanted, [AFTERMATH, OTHER_AFTERMATH]) == OTHER_AFTERMATH
