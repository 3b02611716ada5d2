"""Vectors in bytes keep their direction; the embedder asks its model once a text."""

from __future__ import annotations

import numpy as np
import pytest
from by_hand import ByHand
from hypothesis import given
from hypothesis import strategies as st

from movietag.embedding import embedder as module
from movietag.embedding.embedder import Embedder, embedder_of, needed
from movietag.embedding.vectors import as_bytes, vector_cosine, vector_numbers
from movietag.errors import UsageError

FLOATS = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50).filter(
    lambda found: max(map(abs, found)) > 1e-30
)


@given(FLOATS)
def test_the_largest_number_is_127(floats: list[float]) -> None:
    found = vector_numbers(as_bytes(np.array(floats, np.float32)))
    largest = max(floats, key=abs)
    assert len(found) == len(floats)
    assert found[floats.index(largest)] == (127 if largest > 0 else -127)
    for number, exact in zip(found, floats, strict=True):
        assert abs(number - exact / abs(largest) * 127) <= 0.501


@given(FLOATS, st.floats(0.001, 1000))
def test_only_the_direction_counts(floats: list[float], times: float) -> None:
    exact = np.array(floats)
    if np.allclose(np.float32(exact * times), exact * times, rtol=1e-6):
        once, again = (
            vector_numbers(as_bytes(found.astype(np.float32))) for found in (exact, exact * times)
        )
        assert max(abs(a - b) for a, b in zip(once, again, strict=True)) <= 1


@pytest.mark.parametrize("floats", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_what_has_no_direction(floats: list[float]) -> None:
    with pytest.raises(ValueError, match="direction"):
        as_bytes(np.array(floats, np.float32))


def test_cosines() -> None:
    draw = np.random.default_rng(1)
    one, other = draw.normal(size=(2, 384)).astype(np.float32)
    exact = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    assert vector_cosine(as_bytes(one), as_bytes(other)) == pytest.approx(exact, abs=0.005)
    assert vector_cosine(as_bytes(one), as_bytes(-one)) == pytest.approx(-1)


def test_a_text_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ByHand({text: text.encode() for text in "abc"})
    found = Embedder(lambda: model)
    assert found.vectors("abab") == {"a": b"a", "b": b"b"}
    assert model.asked == ["a", "b"]
    monkeypatch.setattr(module, "MOST_REMEMBERED", 2)
    found.vectors("a")  # the one used last stays
    found.vectors("c")
    found.vectors("a")
    assert model.asked == ["a", "b", "c"]
    found.vectors("b")
    assert model.asked == ["a", "b", "c", "b"]


def test_without_the_setting() -> None:
    assert embedder_of("") is None
    with pytest.raises(UsageError, match="set MOVIETAG_EMBEDDER=minilm"):
        needed(None)
