"""What the fuzzing says and expects, is what the rule of the default finds: its truth is written by hand."""

from __future__ import annotations

import pytest

from fuzz.spoken import CASES
from movietag.settings import Settings
from movietag.vocabulary import load


@pytest.mark.parametrize(("said", "tags"), CASES, ids=[ascii(said)[:40] for said, _ in CASES])
def test_a_caption_has_its_tags(said: str, tags: tuple[str, ...]) -> None:
    usual = Settings()
    assert load(usual.vocabulary, usual.match).match(said.format(7)) == set(tags)
