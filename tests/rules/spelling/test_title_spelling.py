"""Titles are found however they are spelled: the letters, the words, and what a query wants of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.spelled_titles import TITLES, made_titles

from movietag.documents import MOVIES, VERSIONS
from movietag.rules.spelling import title_forms, wanted_phrase, wanted_title
from movietag.rules.spelling.forms import SpelledTitle, is_slip
from movietag.rules.spelling.letters import expanded, folded
from movietag.rules.spelling.numerals import number_of
from movietag.rules.spelling.wanted import near_title


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łódź", "lodz"),
        ("STRASSE Straße", "strasse strasse"),
        ("İstanbul Işık", "istanbul isik"),  # noqa: RUF001
        ("Cœur Æon", "coeur aeon"),
        ("Ｇｌａｓｓ", "glass"),  # noqa: RUF001
        ("Ёлки", "елки"),
        ("Ὀδύσσεια", "οδυσσεια"),
        ("ᾨδή", "ωδη"),
        ("أحلامٌ", "احلام"),
        ("שָׁלוֹם", "שלומ"),
        ("ｺﾞｼﾞﾗ", "ごじら"),
        ("\u1112\u1161\u11ab", "한"),
        ("१९८७", "1987"),
        ("चाँदनी", "चांदनी"),
        ("cl\u200bock™", "clock"),
    ],
)
def test_letters_folded(text: str, plain: str) -> None:
    assert folded(text) == plain
    assert folded(plain) == plain


def test_umlauts_as_two_letters() -> None:
    assert expanded("Ru\u0308ckkehr, Søren") == "rueckkehr, soeren"


@pytest.mark.parametrize(
    ("title", "forms"),
    [
        ("WALL·E", ("wall e", "walle")),
        ("S.W.A.T.", ("s w a t", "sw", "swa", "swat", "wa", "wat", "at")),
        ("Rückkehr", ("ruckkehr", "rueckkehr")),
        ("東京物語", ("東 京 物 語", "東京物語")),
        ("Rocky II", ("rocky ii", "rockyii", "2")),
        ("Rock & Rule", ("rock rule", "rockrule", "&", "and", "und", "et", "og", "och")),
        ("8½", ("8 1 2", "81", "812", "12")),
        ("Thirty-Nine", ("thirty nine", "thirtynine", "39", "30", "9")),
        ("V. I. Warshawski", ("v i warshawski", "vi", "viwarshawski", "iwarshawski", "1")),
        ("?", ("?",)),
    ],
)
def test_what_the_index_stores(title: str, forms: tuple[str, ...]) -> None:
    assert title_forms(title) == forms


@pytest.mark.parametrize(
    ("word", "first", "number"),
    [
        ("iv", False, "4"),
        ("xxxix", False, "39"),
        ("twelve", True, "12"),
        ("fortyeight", True, "48"),
        ("twentyten", True, None),
        ("x", False, "10"),
        ("x", True, None),
        ("iiii", False, None),
        ("mix", False, None),
    ],
)
def test_numbers(word: str, first: bool, number: str | None) -> None:
    assert number_of(word, first=first) == number


@pytest.mark.parametrize(
    ("typed", "token", "slip"),
    [
        ("matrx", "matrix", True),
        ("clcok", "clock", True),
        ("hrbor", "harbor", True),
        ("clok", "clock", True),
        ("haet", "heat", True),
        ("heat", "heap", False),
        ("hot", "hat", False),
        ("teh", "the", True),
        ("th", "the", False),
        ("cat", "cart", False),
        ("mtrx", "matrix", False),
        ("20011", "2001", False),
    ],
)
def test_one_slip(typed: str, token: str, slip: bool) -> None:
    assert is_slip(typed, token) is slip


@pytest.mark.parametrize(
    ("text", "title", "year", "exact", "near"),
    [
        ("matrix (1999)", "The Matrix", 1999, True, True),
        ("matrix (1998)", "The Matrix", 1999, False, False),
        ("matrix (1998)", "The Matrix", None, True, True),
        ("matrx (1999)", "The Matrix", 1999, False, True),
        ("matrix 1999", "The Matrix", 1999, True, True),
        ("1999", "The Matrix", 1999, False, False),
        ("the", "The Matrix", None, True, False),
        ("the matrix", "Matrix", None, True, False),
        ("le samourai", "Samouraï", None, False, True),
        ("teh matrix", "The Matrix", None, False, True),
        ("قاهرة", "شتاء القاهرة", None, True, False),
        ("القاهرة", "شتاء قاهرة", None, True, False),
        ("rock + rule", "Rock and Rule", None, True, False),
        ("matrx relaoded", "Matrix Reloaded", None, False, False),  # two slips
        ("moon lit harbr", "Moonlit Harbor", None, False, True),
        ("rocky iii", "Rocky II", None, False, False),  # another number is no slip
        ("rocky iv", "Rocky VI", None, False, False),
        ("rokcy iv", "Rocky IV", None, False, True),
        ("louis xvi", "Louis XIV", None, False, False),
        ("six men", "Sex Men", None, False, False),
    ],
)
def test_what_fits(text: str, title: str, year: int | None, exact: bool, near: bool) -> None:
    assert wanted_title(text).fits(title, year) is exact
    if not exact:
        assert near_title(text).fits(title, year) is near


def test_without_a_word_nothing_fits() -> None:
    for text in ("", "  ", "\u200b"):
        assert not wanted_title(text)
        assert not wanted_title(text).fits("The Matrix", 1999)
        assert wanted_phrase(text) == ()


def test_a_phrase_is_of_words_side_by_side() -> None:
    title = SpelledTitle("The Über-Clock of WALL·E", None)

    def has(text: str, *, begins: bool = False) -> bool:
        return any(title.phrase(one, begins=begins) for one in wanted_phrase(text))

    assert has("uber clock")
    assert has("ueber clock")
    assert has("Über-Clock of wall")
    assert has("walle")
    assert has("clock of wa", begins=True)
    assert not has("clock of wa")
    assert not has("uber of")


WAYS: Final[dict[str, Callable[[str], str]]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "without hyphens": lambda text: text.replace("-", ""),
    "with blanks for hyphens": lambda text: text.replace("-", " "),
    "wide": lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "with a sign alone": lambda text: text.replace(" ", " – "),  # noqa: RUF001
    "from behind": lambda text: " ".join(reversed(text.split())),
}


@given(TITLES, st.sampled_from(sorted(WAYS)))
def test_a_title_is_found_by_itself(title: str, way: str) -> None:
    # A title of signs only is all its signs: with another one it is another title.
    assume(way != "with a sign alone" or any(map(str.isalnum, title)))
    assert wanted_title(WAYS[way](title)).fits(title, None)


@given(TITLES, st.data())
def test_a_title_is_found_by_the_beginning_of_each_word(title: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(title.split()))
    assert wanted_title(word[: data.draw(st.integers(1, len(word)))]).fits(title, None)


@given(st.text(max_size=40))
def test_any_text_has_forms_that_only_blanks_divide(title: str) -> None:
    for form in title_forms(title):
        assert form == " ".join(form.split())
        assert max(map(len, form.split())) <= 100


def test_an_index_of_this_version_has_these_forms() -> None:
    """Else titles are compared with what another analysis has stored: raise the version of `movies` (``VERSIONS``),
    as for a mapping, and write down the digest anew.
    """
    titles = made_titles(500)
    digest = sha256("\n".join("|".join(title_forms(title)) for title in titles).encode())
    assert (VERSIONS[MOVIES], digest.hexdigest()[:16]) == (4, "9c4afecf2cb6785e")
