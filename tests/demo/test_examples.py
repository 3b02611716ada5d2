"""Training pictures: as many as are asked for, of the seeds that are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from movietag.research.demo_model.dataset import example, examples

pytestmark = pytest.mark.heavy


def test_as_many_as_asked_for_in_the_order_of_their_seeds() -> None:
    told: list[int] = []
    pictures, tags = examples(5, 7, 32, 2, told.append)
    alone = [example(seed, 32) for seed in range(5, 12)]
    assert np.array_equal(pictures, np.stack([picture for picture, _ in alone]))
    assert np.array_equal(tags, np.stack([there for _, there in alone]))
    assert sum(told) == 7
