"""The slots of videos that have no frame, and why: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from movietag.documents import DroppedSlots
from movietag.records import Manifest


def dropped_by(manifests: Iterable[Manifest]) -> tuple[DroppedSlots, ...]:
    """How many slots were dropped for which reason, by falling number."""
    counts = Counter(one.reason for manifest in manifests for one in manifest.dropped)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(DroppedSlots(reason, count) for reason, count in ordered)


def slots_of_manifests(manifests: Iterable[Manifest]) -> int:
    """Number of slots, with a frame or without."""
    return sum(len(one.slots) + len(one.dropped) for one in manifests)


def lost_share(manifests: Sequence[Manifest]) -> float:
    """The share of the slots without a frame, whatever the reason; 0 without slots.

    What a cut-off file lacks counts, too, as if its slots had been laid on all of it.
    """
    slots = slots_of_manifests(manifests)
    present = sum(len(one.slots) * _there(one) for one in manifests)
    return 1 - present / slots if slots else 0.0


def _there(manifest: Manifest) -> float:
    """The share of its length that a video has."""
    return min(1.0, manifest.seconds / manifest.claimed) if manifest.claimed else 1.0
