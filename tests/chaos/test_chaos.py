"""The chaos harness in short: every kind of fault may come, every frame must be accounted for."""

from __future__ import annotations

import pytest
from support.harness import harness_report

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_frame_counts_once_or_is_a_letter_whatever_is_killed_or_paused() -> None:
    arguments = "--seed 5 --minutes 0.4 --movies 6 --gap 2.5 --faults kill,pause,cut,busy,refuse"
    found = harness_report("chaos", arguments)
    assert found["counted"] + found["dead_lettered"] == found["expected"] > 0
    assert (found["lost"], found["double"], found["differences"]) == (0, 0, [])
    assert (found["returned"], found["worse"]) == (0, 0)
    assert found["forgotten"] > 0
    assert found["searched_in_vain"] > 0
    assert found["kills"] + found["pauses"] >= 3, found["faults"]
