"""What `movietag doctor` says of the marks of captions."""

from __future__ import annotations

import pytest

from movietag.local.answers import REMEDIES, SAID, finding_of
from movietag.local.findings import CheckResult
from movietag.records import CaptionQuality
from movietag.settings.table import Settings


@pytest.mark.parametrize("marks", [{}, {"whole": 100}, {"whole": 99, "cut": 1}, {"": 40}])
def test_nothing_is_to_be_done_about_whole_captions_and_few_others(marks: dict[str, int]) -> None:
    finding = finding_of(marks)
    assert (finding.verdict, finding.remedy) == (CheckResult.OK, "")


def test_each_mark_that_many_captions_have_is_said_with_its_remedy() -> None:
    finding = finding_of({"whole": 54, "cut": 30, "refused": 12, "empty": 4})
    assert finding.verdict is CheckResult.NOTE
    assert finding.found == "30% of captions are cut, 12% of captions are refusals"
    assert finding.remedy.startswith("Raise max tokens (MOVIETAG_MAX_NEW_TOKENS)")
    assert "MOVIETAG_PROMPT" in finding.remedy


def test_every_mark_but_whole_has_a_remedy() -> None:
    assert SAID.keys() == REMEDIES.keys() == set(CaptionQuality) - {CaptionQuality.WHOLE}


@pytest.mark.parametrize("quality", REMEDIES)
def test_a_remedy_names_settings_that_exist(quality: str) -> None:
    words = REMEDIES[quality].replace("(", " ").replace(")", " ").replace(",", " ").split()
    named = {word.partition("=")[0] for word in words if word.startswith("MOVIETAG_")}
    assert named <= {f"MOVIETAG_{name.upper()}" for name in Settings.model_fields}
