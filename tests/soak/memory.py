"""Whether the memory of a process grows: a comparison of two parts of a run."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

SETTLED = 0.4  # part of a run after which a process has all that it needs
ALLOWED = 12.0  # MB: allocators' noise; a leak of 1 MB a minute is above it in a run of 15 minutes


def growth(samples: Sequence[float]) -> float:
    """MB by which the last quarter of the samples (MB, at equal intervals) is above those once settled.

    Each part is its median: a peak is no growth.
    """
    quarter = max(1, len(samples) // 4)
    start = int(len(samples) * SETTLED)
    settled = samples[start : start + quarter] or samples[-1:]
    return median(samples[-quarter:]) - median(settled)
