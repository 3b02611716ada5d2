"""What the results of one search say together: several that name one longer title are of that film."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from movietag.crawl.judging.surroundings import Strange

SEVERAL: Final = 3
Key = tuple[bool, tuple[str, ...]]  # whether the words precede the title, and the words


@dataclass(frozen=True, slots=True)
class Longer:
    """A longer name that several results have; ``own``: the film's year stands beside it, and no other."""

    text: str
    results: int
    own: bool


@dataclass(frozen=True, slots=True)
class Witness:
    """What one result says: the words beside the title, and whether the film's year or another one stands there."""

    strange: tuple[Strange, ...]
    own_year: bool
    other_year: bool


def longer_names(witnesses: Iterable[Witness]) -> Mapping[Key, Longer]:
    """The longer names that at least three results have."""
    found: defaultdict[Key, list[Witness]] = defaultdict(list)
    for witness in witnesses:
        for key in {longer_key(strange) for strange in witness.strange}:
            found[key].append(witness)
    return {
        key: Longer(
            " ".join(key[1]),
            len(saying),
            own=any(one.own_year for one in saying) and not any(one.other_year for one in saying),
        )
        for key, saying in found.items()
        if len(saying) >= SEVERAL
    }


def longer_key(strange: Strange) -> Key:
    """What makes two longer names one."""
    return strange.before, strange.words


def named_by(strange: Strange, crowd: Mapping[Key, Longer]) -> Longer | None:
    """The longer name that a result begins with, too: "Fallout" of "Fallout bathroom fight scene"."""
    for size in range(len(strange.words), 0, -1):
        words = strange.words[-size:] if strange.before else strange.words[:size]
        if longer := crowd.get((strange.before, words)):
            return longer
    return None
