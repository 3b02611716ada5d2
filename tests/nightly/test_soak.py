"""A stack that is left alone logs no error, and its memory does not grow: some minutes of `make soak`.

More than five, since Faust judges its consumers only when they are five minutes old.
"""

from __future__ import annotations

import pytest
from support.harness import harness_report

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_stack_left_alone_logs_no_error() -> None:
    found = harness_report("soak", "--minutes 6.5")
    assert (found["serious"], found["restarted"]) == (0, [])
    assert found["sent"] > 0
