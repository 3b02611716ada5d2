"""Tags as people write them in tables of their own."""

from __future__ import annotations

import pytest

from movietag.vocabulary import Vocabulary
from movietag.vocabulary.spelling import Speller

SPELLER = Speller(Vocabulary("mine", {"plot twist": (), "long_hair": (), "sci-fi": ("SciFi",)}))


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("Plot-Twist", "plot twist"),
        ("plot_twist", "plot twist"),
        ("#PlotTwist", "plot twist"),
        ("long hair", "long_hair"),
        ("LongHair", "long_hair"),
        ("scifi", "sci-fi"),
        ("plottwist", ""),
    ],
)
def test_a_tag_is_read_as_captions_are(written: str, tag: str) -> None:
    assert SPELLER.read(written).tag == tag


def test_several_tags_in_one_cell() -> None:
    assert (
        "2 tags joined by ';': write 'plot twist, long_hair'"
        in SPELLER.read("plot_twist; LongHair").problem
    )
