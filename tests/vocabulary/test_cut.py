"""What counts of an answer that was cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.vocabulary import whole_part


@pytest.mark.parametrize(
    ("caption", "whole"),
    [
        ("A scene from a movie containing tag data 'historical fict", "A scene from a movie containing tag data"),
        ("... tags 'western', 'cult", "... tags 'western',"),
        ("... tags 'western', 'cult'", "... tags 'western', 'cult'"),
        ("'director's cut', 'director's cu", "'director's cut',"),
        ('{"tags": ["horror", "plot tw', '{"tags": ["horror",'),
        ("It doesn't show a man in a dark wes", "It doesn't show a man in a dark"),
        ("dark, with a man who walks into the west", "dark, with a man who walks into the"),
        ("Tags: horror, plot twi", "Tags: horror,"),
        ("- horror\n- plot tw", "- horror\n"),
        ("A dark room.", "A dark room."),
        ("恐怖、喜剧、科", "恐怖、喜剧、"),
        ("这是一部恐怖电", "这是一部恐怖"),
        ("horr", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_last_entry_is_left_out(caption: str, whole: str) -> None:
    assert whole_part(caption) == whole.rstrip()


@given(st.text())
def test_it_is_a_beginning_of_the_caption(caption: str) -> None:
    whole = whole_part(caption)
    assert caption.startswith(whole)
    assert whole_part(whole) in whole
