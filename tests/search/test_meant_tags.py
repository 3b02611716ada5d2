"""Tags that are near in meaning: hints for words that are spelled like no tag, and for nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from movietag.embedding.embedder import Embedder
from movietag.embedding.vectors import Vector, as_bytes
from movietag.errors import UsageError
from movietag.search.meant_tags import MOST_COMPARED, MOST_HINTS, MeantTags
from movietag.search.query import QueryError
from movietag.search.query.fields import Kind
from movietag.search.reader import Reader
from movietag.search.understanding import understand


class Directions:
    """A model of two dimensions: a text is an angle in degrees, so cosines are known."""

    name, dimensions = "degrees_0123", 2

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, text: str) -> Vector:
        self.embedded.append(text)
        angle = np.radians(float(text))
        return as_bytes(np.array([np.cos(angle), np.sin(angle)], np.float32))


async def test_tags_from_the_floor_on_nearest_first() -> None:
    model = Directions()
    tags = MeantTags(Embedder(lambda: model), ["90", "50", "20", "70", "10", "30"], floor=0.8)
    assert await tags.nearest(" 5 ") == ["10", "20", "30"]  # cosines of 5, 15, 25 degrees
    assert await tags.nearest("180") == []
    assert len(await tags.nearest("40")) == MOST_HINTS
    assert await tags.nearest(" ") == []


async def test_each_tag_is_embedded_once() -> None:
    model = Directions()
    tags = MeantTags(Embedder(lambda: model), ["10", "20"], floor=0.5)
    for _ in range(3):
        await tags.nearest("15")
    assert model.embedded == ["10", "20", "15"]


async def test_without_an_embedder_with_a_broken_one_and_with_too_many_tags_there_is_none() -> None:
    def broken() -> Directions:
        raise UsageError("the extra is not installed")

    assert await MeantTags(None, ["10"], 0.5).nearest("10") == []
    assert await MeantTags(Embedder(broken), ["10"], 0.5).nearest("10") == []
    many = [str(one) for one in range(MOST_COMPARED + 1)]
    assert await MeantTags(Embedder(Directions), many, 0.5).nearest("10") == []


@pytest.mark.parametrize("kind", ["movies", "frames"])
@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("scary and not comedy", "horror and not comedy"),
        ("humour", "comedy"),
        ("comedy or frightening", "comedy or horror"),
    ],
)
async def test_an_unknown_word_gets_the_tag_that_it_means(
    captioned: Reader, text: str, advice: str, kind: Kind
) -> None:
    with pytest.raises(QueryError) as raised:
        await understand(captioned, text, kind)
    assert raised.value.advice[0] == advice
    assert "Near in meaning: " in raised.value.problem
    for one in raised.value.advice:
        captioned.parse(one, kind)


async def test_words_that_match_stay_as_they_are_read(captioned: Reader) -> None:
    understood = await understand(captioned, "ivanhoe", "movies")
    assert understood.reading is not None
    assert understood.reading.near == ()


async def test_several_words_that_match_nothing_get_the_tags_beside_their_reading(
    captioned: Reader,
) -> None:
    understood = await understand(captioned, "terrifying horrors", "movies")
    assert understood.reading is not None
    assert understood.reading.near == ("horror",)


async def test_spelling_goes_before_meaning_and_other_words_get_no_hint(captioned: Reader) -> None:
    with pytest.raises(QueryError) as raised:
        await understand(captioned, "horor and comedy", "movies")
    assert raised.value.near == ("horror",)
    assert "meaning" not in raised.value.problem
    with pytest.raises(QueryError) as raised:
        await understand(captioned, "bicycle and comedy", "movies")
    assert raised.value.near == ()
