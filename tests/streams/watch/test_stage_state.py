"""What a stage's answer means to whoever waits for it."""

from __future__ import annotations

from movietag.stage_state import StageState, Unreadable

BATCH = Unreadable("movietag.titles", 3, 17, "its checksum is wrong", "partition 3 waits")


def test_a_stage_works_if_unreadable_batches_alone_keep_it_from_ready() -> None:
    ready = StageState("plan", "movietag-plan", 1, ready=True)
    held = StageState(
        "plan", "movietag-plan", 1, ready=False, reasons=(BATCH.text,), unreadable=(BATCH,)
    )
    joining = StageState(
        "plan",
        "movietag-plan",
        1,
        ready=False,
        reasons=("The ledger is being read.", BATCH.text),
        unreadable=(BATCH,),
    )
    assert [state.works for state in (ready, held, joining)] == [True, True, False]
