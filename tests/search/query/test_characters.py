# ruff: noqa: RUF001  # characters as people type them
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.search.query.characters import straighten


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("horror", "horror"),
        ("\u201cplot twist\u201d", '"plot twist"'),
        ("\u201eplot twist\u201c", '"plot twist"'),
        ("\u201dplot twist\u201d", '"plot twist"'),
        ("\u201cplot twist\"", '"plot twist"'),
        ("«plot twist» and »neo noir«", '"plot twist" and "neo noir"'),
        ("\u2039a b\u203a", '"a b"'),
        ("\u2018a b\u2019", '"a b"'),
        ("「a b」 『c d』 《e f》", '"a b" "c d" "e f"'),
        ('text:\u201csay "hi"\u201d', 'text:"say \\"hi\\""'),
        ("title:“a \u2265 b”*", 'title:"a \u2265 b"*'),
        ("it\u2019s", "it's"),
        ("'a \u2265 b' \u2265", "'a \u2265 b' >="),
        (r'"a \" ≥" ≤ 3', r'"a \" ≥" <= 3'),
        ("horror\u2265３０\uff05", "horror>=３０%"),
        ("\uff08horror\uff09\u3000\uff1e\uff1d", "(horror)\u3000>="),
        ("1990\u20131999 \u2212horror", "1990-1999 -horror"),
        ("horror\u200band\u00ad \ufeffcomedy\u200e", "horror and comedy"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("1990\u2026", "1990.."),
    ],
)  # fmt: skip
def test_a_query_in_the_characters_of_the_language(query: str, expected: str) -> None:
    assert straighten(query).text == expected


@given(st.text(alphabet=st.sampled_from("ab \"'\\“”„«»‘’≥－－\u200b\u00ad…x")))
def test_each_character_knows_its_place_in_the_original(query: str) -> None:
    straight = straighten(query)
    places = [straight.original(at) for at in range(len(straight.text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(query)
    assert all(0 <= place <= len(query) for place in places)
    assert straighten(straight.text).text == straighten(straighten(straight.text).text).text
