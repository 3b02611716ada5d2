"""How many documents a recount deletes without a question."""

from __future__ import annotations

import pytest

from movietag.recount.deleting import ManyDeletionsError, refuse_many

TOTALS = {"movies": 1_000, "frames": 50_000}


@pytest.mark.parametrize("wanted", [{}, {"movies": 30}, {"movies": 1, "frames": 1_500}])
def test_a_few_percent_are_deleted(wanted: dict[str, int]) -> None:
    refuse_many(wanted, TOTALS)


def test_a_few_documents_of_a_small_library_are_deleted() -> None:
    refuse_many({"movies": 1, "frames": 9}, {"movies": 1, "frames": 9})


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"movies": 31}, "delete 31 documents.*31 of 1,000 in movies"),
        (
            {"movies": 1, "frames": 3_115},
            "3,116 documents.*1 of 1,000 in movies, 3,115 of 50,000 in frames",
        ),
    ],
)
def test_more_are_refused_with_their_number_and_the_line_that_deletes_them(
    wanted: dict[str, int], says: str
) -> None:
    with pytest.raises(ManyDeletionsError, match=f"{says}.*Nothing was deleted.*recount --yes"):
        refuse_many(wanted, TOTALS)
