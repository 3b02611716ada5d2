"""An upgrade and back in short, under faults: every frame counts, and all that the newer version wrote is kept."""

from __future__ import annotations

import pytest
from support.harness import harness_report

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(1500)]


def test_every_process_is_exchanged_for_a_newer_one_and_back() -> None:
    arguments = (
        "--upgrade --seed 7 --minutes 5 --movies 15 --gap 6 --faults kill,pause,cut,busy,refuse"
    )
    found = harness_report("chaos", arguments)
    assert (found["lost"], found["double"], found["differences"]) == (0, 0, [])
    assert (found["returned"], found["worse"]) == (0, 0)
    upgrade = found["upgrade"]
    assert upgrade["exchanges"] == {"forward": 10, "back": 10}
    assert all(upgrade["written_by_new"].values())
    assert upgrade["passed_over"] > 0
    assert upgrade["kept_by_ledger"] > 0
    assert (upgrade["not_kept"], upgrade["letters_of_versions"]) == (0, 0)
