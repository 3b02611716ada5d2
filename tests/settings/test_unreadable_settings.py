"""Settings that are lists or objects, and are not JSON."""

from __future__ import annotations

import pytest

from movietag.errors import UsageError
from movietag.settings import load_settings


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MOVIETAG_ROOTS", "must be one,two, or a list in JSON"),
        ("MOVIETAG_YTDLP_EXTRACTOR_ARGS", "must be an object in JSON"),
    ],
)
def test_the_text_names_the_variable_and_the_form(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "[/films/secret")
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == f"Invalid settings: {name} {says}."
    assert "secret" not in str(caught.value)
