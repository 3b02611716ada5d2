"""What `make alerts` evaluates are the rules of dashboards/prometheus but for their times."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from alerts.hurried import hurried
from tools.monitoring.__main__ import RULES


def read(text: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def test_only_times_differ() -> None:
    original, made = read(RULES.read_text()), read(hurried(RULES.read_text()))
    for before, after in zip(original, made, strict=True):
        wait = str(before.get("for", ""))
        assert str(after.get("for", "")) == wait.replace("m", "s").replace("h", "s")
        changed = {name for name in before if before[name] != after[name]} - {"for"}
        assert changed == ({"expr"} if before["alert"] == "MovietagBacklogOld" else set())


def test_rules_without_what_is_shortened_are_refused() -> None:
    with pytest.raises(ValueError, match="0 allow an hour"):
        hurried(RULES.read_text().replace("3600", "7200"))
