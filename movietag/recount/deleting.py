"""Which deletions are too many to be made without a question. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from movietag.errors import UsageError

FEW: Final = 10  # documents, deleted without a question however small the index is
FEW_PERCENT: Final = 0.03


class ManyDeletionsError(UsageError):
    """A recount would delete a large part of an index; nothing was deleted yet.

    Args:
        wanted: index -> how many of its documents would be deleted.
        totals: index -> how many it has.
    """

    def __init__(self, wanted: Mapping[str, int], totals: Mapping[str, int]) -> None:
        parts = [f"{count:,} of {totals[name]:,} in {name}" for name, count in wanted.items()]
        self.documents = sum(wanted.values())
        self.what = f"{self.documents:,} documents that follow from no fact ({', '.join(parts)})"
        super().__init__(
            f"The recount would delete {self.what}: are these indices this library's? Nothing was deleted. If it is"
            " right: movietag recount --yes"
        )


def refuse_many(wanted: Mapping[str, int], totals: Mapping[str, int]) -> None:
    """Refuse to delete more than a few percent of an index.

    Args:
        wanted: index -> how many of its documents are to be deleted.
        totals: index -> how many it has.

    Raises:
        ManyDeletionsError: they are many.
    """
    if sum(wanted.values()) > FEW and any(
        count > FEW_PERCENT * totals[name] for name, count in wanted.items()
    ):
        raise ManyDeletionsError(wanted, totals)


def is_many(count: int, total: int) -> bool:
    """Whether so many of all movies are too many to be forgotten or replaced without a question."""
    return count > FEW and count > FEW_PERCENT * total
