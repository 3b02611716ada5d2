"""The words of captions without their endings."""

from __future__ import annotations

from typing import get_args

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from movietag.rules.stems import caption_stems
from movietag.settings.languages import CaptionLanguage
from movietag.vocabulary import words


@pytest.mark.parametrize(
    ("typed", "caption"),
    [
        ("castle", "Two castles on a hill"),
        ("castles", "A castle's gate"),
        ("run", "She is running"),
        ("running man", "Men ran; one man runs. Running men"),
        ("CITY", "the cities"),
        ("burnt house", "a burnt-house"),
        ("城", "城 at night"),
    ],
)
def test_a_word_is_found_in_its_other_forms(typed: str, caption: str) -> None:
    found = f" {caption_stems(caption, 'english')} "
    first = caption_stems(typed, "english").split()[0]
    assert f" {first} " in found


def test_what_is_another_word_stays_another() -> None:
    stems = {caption_stems(word, "english") for word in ("police", "policy", "universe", "castle")}
    assert len(stems) == 4


def test_each_language_has_its_endings() -> None:
    assert caption_stems("Häuser", "german") == caption_stems("Haus", "german")
    assert caption_stems("chevaux rapides", "french").split()[1] == "rapid"
    assert caption_stems("Häuser und Schlösser", "") == ""


def test_the_setting_names_the_languages_of_snowball() -> None:
    known = {name for name in snowballstemmer.algorithms() if "porter" not in name}
    assert set(get_args(CaptionLanguage)) == known


@given(st.text(max_size=60))
def test_each_word_has_one_stem_and_a_query_is_read_as_a_caption(text: str) -> None:
    stems = caption_stems(text, "english")
    assert len(stems.split(" ")) == len(words(text)) or not stems
    assert caption_stems(text.upper().lower(), "english") == stems or not text.isascii()
