"""Several ranked lists made one. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

K: Final = 60


def fused(lists: Sequence[Sequence[str]], k: int = K) -> dict[str, float]:
    """Reciprocal rank fusion: every item of the lists with its score, the best first.

    An item's score is the sum, over the lists that have it, of 1 / (k + rank); the first of a list has rank
    1. So ranks alone decide, not scores of two kinds that cannot be compared, and ``k`` says how little the
    first places stand out. Formula and k = 60: Cormack, Clarke, Buettcher, Reciprocal rank fusion outperforms
    Condorcet and individual rank learning methods, SIGIR 2009. Of equal scores the one with the better place
    in any list comes first, then the one whose list comes first.

    Raises:
        ValueError: an item is listed twice in a list.
    """
    ranks: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # (rank, which list)
    for number, ranked in enumerate(lists):
        if len(set(ranked)) < len(ranked):
            raise ValueError("an item is listed twice in a ranked list")
        for rank, item in enumerate(ranked, 1):
            ranks[item].append((rank, number))
    scores = {
        item: math.fsum(1 / (k + rank) for rank, _ in places) for item, places in ranks.items()
    }
    order = sorted(ranks, key=lambda item: (-scores[item], min(ranks[item])))
    return {item: scores[item] for item in order}
