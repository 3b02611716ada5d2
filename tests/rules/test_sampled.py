"""How a plan takes frames, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from support.records import SAMPLING, plan

from movietag.records import Plan
from movietag.rules.sampled import sampling_note


def _planned(wanted: int = 5, **changed: object) -> Plan:
    none = {"trim_start": 0.0, "trim_end": 0.0, "slots": 50, "mode": "keyframes"}
    sampling = structs.replace(SAMPLING, **(none | changed))
    return structs.replace(plan("a", wanted=wanted), sampling=sampling)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({}, "5 videos, 50 slots each (keyframes)"),
        ({"mode": "exact", "slots": 9}, "5 videos, 9 slots each (exact)"),
        ({"trim_start": 2.0, "trim_end": 4.5}, "5 videos, 50 slots each (keyframes), without the first 2 s and the last 4.5 s"),
        ({"trim_end_share": 0.05}, "5 videos, 50 slots each (keyframes), without the last 5 %"),
        ({"trim_start": 2.0, "trim_start_share": 0.1}, "5 videos, 50 slots each (keyframes), without the first 2 s or 10 %"),
        ({"slots_per_minute": 12.0, "most_slots": 200}, "5 videos, 50 slots each or 12 a minute, at most 200 (keyframes)"),
    ],
)  # fmt: skip
def test_what_a_note_says(changed: dict[str, object], note: str) -> None:
    assert sampling_note(_planned(**changed)) == note


DECIDES = st.fixed_dictionaries(
    {
        "wanted": st.integers(1, 3),
        "slots": st.integers(1, 3),
        "mode": st.sampled_from(["keyframes", "exact"]),
        "trim_start": st.sampled_from([0.0, 0.5, 5.0]),
        "trim_end": st.sampled_from([0.0, 0.5, 5.0]),
        "trim_start_share": st.sampled_from([0.0, 0.05, 0.5]),
        "trim_end_share": st.sampled_from([0.0, 0.05, 0.5]),
        "slots_per_minute": st.sampled_from([0.0, 0.5, 5.0]),
    }
)


@given(DECIDES, DECIDES)
def test_plans_have_one_note_if_they_take_the_same(
    one: dict[str, object], other: dict[str, object]
) -> None:
    notes = [sampling_note(_planned(**changed)) for changed in (one, other)]  # type: ignore[arg-type]
    assert (notes[0] == notes[1]) == (one == other)
