"""Titles in the order of a language's own alphabet; the rows are as ICU sorts them (CLDR 47), seen on 2026-11-30."""

from __future__ import annotations

import unicodedata
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.spelled_titles import TITLES

from movietag.rules.spelling import title_key
from movietag.rules.spelling.alphabets import ALPHABETS
from movietag.settings.languages import AlphabetName

ROWS: dict[AlphabetName, str] = {
    "albanian": "cukur çaj dyzet dhe elb ëndërr gur gjak lule llampë natë njeri rosë rrotë sy shi tokë theks xixë xhep zog zhurmë",
    "azerbaijani": "cib çay ev əl gül ğ haqq xalq ırmaq iynə kitab qapı od öküz su şəhər ulu üzüm zal watt",  # noqa: RUF001
    "belarusian": "езда ёлка жук ізноў йод каса удача ўсход фара",
    "croatian": "cesta čaj ćup dan džep đak lav ljeto nada njega sat šest zima žaba",
    "czech": "cena čas dům hora chata iris rok řeka sen šat zima žena",
    "danish": "abe zone ægte øre åben",
    "estonian": "saar šokk zebra žanr taim vesi õhk äke öö ülem",
    "finnish": "auto zombi åland äiti öljy",
    "hungarian": "asszony asztal aszú cukor csak dob dzeta dzsem gaz gyár leves lyuk nap nyár orr öt süt szó tér tyúk ut ür zebra zsák",
    "icelandic": "agn álfur dagur eð egg él ís jól ol ós úlfur vor yl ýsa zeta þak æði öl",
    "latvian": "cena čūska gads ģimene ilgs ys kaķis ķirsis lapa ļaudis nams ņemt sala šalle zeme žurka",
    "lithuanian": "cukrus čempionas ida ydos ilgas jonas sala šalis zona žalias",
    "norwegian": "abe zone ægte øre åpen",
    "persian": "باران پدر جنگ چشم زن ژاله كتاب گل نان وطن هوا",
    "polish": "aby ąb cena ćma el ęs lato łata noc ńo oko óda sen ślad zab źle żaba",
    "romanian": "ana ăla âla imn înalt sare șarpe tare țară",
    "serbian": "дан ђак игра јама лав љубав нада његова там ћуп час џеп",
    "slovak": "auto äno cena čas hora chata oko ôsmy sen šat zima žena",
    "slovenian": "cesta čas ćup dan đak sat šest zima žaba",
    "spanish": "nube ñandú oso",
    "swedish": "apa yr yxa zon ål äpple öl",
    "turkish": "cam çay gaz ğ hava ırmak iğne ok öküz su şey us üzüm",  # noqa: RUF001
    "ukrainian": "гора ґава дім енергія єва жук иній іва їжак йод каша",  # noqa: RUF001
}


def test_each_alphabet_has_its_row() -> None:
    assert set(ROWS) == set(ALPHABETS) == set(get_args(AlphabetName))


@pytest.mark.parametrize("alphabet", ROWS)
@pytest.mark.parametrize("form", [str, str.upper, str.capitalize])
def test_words_stand_as_in_a_dictionary_of_the_language(alphabet: AlphabetName, form: type) -> None:
    words = [form(unicodedata.normalize("NFC", word)) for word in ROWS[alphabet].split()]
    if form is not str and alphabet in {"turkish", "azerbaijani"}:
        words = [form(word.replace("i", "İ")) for word in ROWS[alphabet].split()]
    assert sorted({*words}, key=lambda word: title_key(word, alphabet)) == words


@pytest.mark.parametrize("alphabet", ROWS)
def test_how_letters_are_composed_makes_no_difference(alphabet: AlphabetName) -> None:
    for word in ROWS[alphabet].split():
        composed = title_key(unicodedata.normalize("NFC", word), alphabet)
        assert title_key(unicodedata.normalize("NFD", word), alphabet) == composed


@given(TITLES, st.sampled_from(sorted(ROWS)))
def test_the_rest_of_a_title_is_compared_as_ever(title: str, alphabet: AlphabetName) -> None:
    plain = title_key(title)
    assert title_key(title, "") == plain
    if title.isascii() and alphabet == "swedish":
        assert title_key(title, alphabet) == plain
    assert bool(title_key(title, alphabet)) == bool(plain)
