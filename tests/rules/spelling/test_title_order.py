"""Titles in the order in which people look them up in a list: words, articles, numbers, scripts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.spelled_titles import TITLES, made_titles

from movietag.documents import MOVIES, VERSIONS
from movietag.rules.spelling import title_key
from movietag.rules.spelling.letters import folded
from movietag.rules.spelling.ordering import ARTICLES, MOST_KEY

SORTED = (
    "?!",
    "007 Days",
    "20,000 Leagues",
    "1917",
    "2001: A Space Odyssey",
    "Ärger im Paradies",
    "L’Avventura",  # noqa: RUF001
    "The Barn",
    "Das Boot",
    "Cœur perdu",
    "Déjà Vu",
    "Die Hard",
    "Ice-Breaker",
    "Icebreaker",
    "L.A. Confidential",
    "La La Land",
    "Matrix, The",
    "Matrix 2",
    "Ocean's 8",
    "Ocean's 11",
    "¡Oh, noche!",
    "[Space]",
    "Spider-Man",
    "The",
    "Up",
    "Up Close",
    "Uptown",
    "WALL·E",
    "Ὀδύσσεια",
    "Война и мир",
    "Ёлки",
    "Жизнь",
    "שלום",
    "أحلام",
    "चाँदनी",
    "ゴジラ",
    "東京物語",
    "달빛 정원",
)


@given(st.randoms(use_true_random=False))
def test_the_order_of_a_list(random: Random) -> None:
    mixed = [*SORTED]
    random.shuffle(mixed)
    assert sorted(mixed, key=title_key) == [*SORTED]


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("The Matrix", "Matrix, The"),
        ("The Matrix", "MATRIX"),
        ("L'Avventura", "l´avventura"),  # noqa: RUF001
        ("Der Untergang", "Untergang"),
        ("Amélie", "AMELIE"),
        ("WALL·E", "Wall-E"),
        ("Agent 007", "Agent 7"),
        ("Ocean’s ８", "Ocean's 8"),  # noqa: RUF001
        ("♥ Love", "Love"),
        ("Ёлки", "елки"),
    ],
)
def test_titles_of_one_key(title: str, other: str) -> None:
    assert title_key(title) == title_key(other)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("The Moon's 12 Gardens", "moon s 00212 gardens"),
        ("The The", "the the"),
        ("A-Team", "a team"),
        ("L.A. Story", "l a story"),
        ("A", "a"),
        ("Die Blechtrommel", "die blechtrommel"),  # as in Die Hard: an English word, too
        ("東京 物語", "東京 物語"),
        ("$", " $"),
        ("A $", "a"),
        ("", ""),
    ],
)
def test_keys(title: str, key: str) -> None:
    assert title_key(title) == key


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_are_compared_by_their_value(one: int, other: int) -> None:
    keys = [title_key(f"Part {number}") for number in (one, other)]
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (one < other, one == other)


@given(TITLES, st.sampled_from([str.upper, str.lower, str.swapcase]))
def test_letters_are_folded(title: str, cased: Callable[[str], str]) -> None:
    assert title_key(unicodedata.normalize("NFD", title)) == title_key(title)
    if title.isascii():
        assert title_key(cased(title)) == title_key(title)


@given(TITLES, st.sampled_from(sorted(ARTICLES)))
def test_an_article_does_not_count(title: str, article: str) -> None:
    key = title_key(title)
    signs_only = key.startswith(" ")  # then the article is all there is to compare: `test_keys`
    if title.split() and not signs_only and key.split()[0] != article:
        assert title_key(f"{article.title()} {title}") == key or ", " in title


@given(st.text(max_size=300))
def test_any_title_has_a_key_of_bounded_length(title: str) -> None:
    key = title_key(title)
    assert len(key) <= MOST_KEY
    assert key or not any(map(str.isalnum, title)) or not folded(title)


def test_an_index_of_this_version_has_these_keys() -> None:
    """Else the order of an index is a mixture: raise the version of `movies`, as for forms of titles."""
    keys = "\n".join(map(title_key, made_titles(500)))
    assert (VERSIONS[MOVIES], sha256(keys.encode()).hexdigest()[:16]) == (4, "9d24f222b7a65ec7")
