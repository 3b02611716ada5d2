"""Reciprocal rank fusion: several ranked lists into one. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

K: Final = 60


def fuse(lists: Sequence[Sequence[str]], k: int = K) -> dict[str, float]:
    """Every item of the lists with its fused score, best first.

    An item's score is the sum, over the lists that contain it, of 1 / (k + rank); ranks count from 1. Only
    ranks decide, not scores of two kinds that cannot be compared; a larger ``k`` makes the top ranks stand out
    less. Formula and k = 60: Cormack, Clarke, Buettcher, Reciprocal rank fusion outperforms Condorcet and
    individual rank learning methods, SIGIR 2009. Ties go to the item with the better rank in any list, then
    to the one from the earlier list.


    Raises:
        ValueError: an item occurs twice in a list.
    """
    ranks: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # (rank, which list)
    for number, ranked in enumerate(lists):
        if len(set(ranked)) < len(ranked):
            raise ValueError("an item occurs twice in a ranked list")
        for rank, item in enumerate(ranked, 1):
            ranks[item].append((rank, number))
    scores = {
        item: math.fsum(1 / (k + rank) for rank, _ in places) for item, places in ranks.items()
    }
    order = sorted(ranks, key=lambda item: (-scores[item], min(ranks[item])))
    return {item: scores[item] for item in order}
