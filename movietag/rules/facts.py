"""The set of facts of one movie: of several facts with one identity the first counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from movietag.records import (
    Answered,
    Caption,
    LedgerFact,
    Manifest,
    Placed,
    Plan,
    Settled,
    SlotFailure,
    Unknown,
    VideoId,
)

Identity = tuple[str | int, ...]
SlotKey = tuple[VideoId, int]


def identity(fact: LedgerFact) -> Identity:
    """What a fact is about: a second fact of the same identity is a repetition."""
    match fact:
        case Plan():
            return ("plan", fact.generation, fact.revision, fact.rank)
        case Manifest():
            return ("manifest", fact.generation, fact.video_id)
        case Caption() | SlotFailure():
            name = "caption" if isinstance(fact, Caption) else "failure"
            return (name, fact.generation, fact.video_id, fact.slot, fact.tagger)
        case Answered():
            return ("answered", fact.generation, *fact.requests)
        case Settled():
            return ("settled", fact.generation, fact.images)
        case Unknown():
            return ("unknown", fact.generation, fact.more)


class Facts:
    """The facts of one movie; of several with one identity, the one with the least offset."""

    def __init__(self, placed: Iterable[Placed] = ()) -> None:
        self._by_identity: dict[Identity, Placed] = {}
        for item in placed:
            self.add(item)

    def add(self, placed: Placed) -> bool:
        """Add a fact; False if one of its identity is known from this offset or an earlier one."""
        key = identity(placed.fact)
        there = self._by_identity.get(key)
        if there is not None and there.offset <= placed.offset:
            return False
        self._by_identity[key] = placed
        return True

    def get(self, *key: str | int) -> Placed | None:
        """The fact with this identity, if any."""
        return self._by_identity.get(key)

    def __iter__(self) -> Iterator[Placed]:
        return iter(self._by_identity.values())

    def __len__(self) -> int:
        return len(self._by_identity)

    def known(self) -> Iterator[Placed]:
        """The facts whose kind this version of movietag counts."""
        return (item for item in self if not isinstance(item.fact, Unknown))

    def plans(self) -> list[Plan]:
        """All plans, including several of one revision."""
        return [item.fact for item in self if isinstance(item.fact, Plan)]

    def offset_of(self, fact: LedgerFact) -> int:
        """The least offset of a fact of the set."""
        return self._by_identity[identity(fact)].offset

    def since_generation(self, generation: int) -> list[Placed]:
        """The facts of a generation and of all later ones, even if their plan has not arrived yet."""
        return [item for item in self if item.fact.generation >= generation]

    def of_generation(self, generation: int) -> list[Placed]:
        """The facts of one generation."""
        return [item for item in self if item.fact.generation == generation]
