"""Settings reach the stages unchanged, through the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from movietag.settings import Settings
from movietag.settings.environment import (
    MARKER,
    same_but_tagging,
    settings_digest,
    stack_environment,
    to_environment,
)

TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
PATHS = st.builds(lambda text: Path("/srv") / text, st.text("abc é\"'%", min_size=1).map(str.strip))
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        "home": PATHS,
        "kafka": TEXTS.filter(lambda text: "@" not in text and "://" not in text),
        "proxy": TEXTS.map(SecretStr),
        "kafka_password": TEXTS.map(SecretStr),
        "roots": st.lists(PATHS, max_size=3).map(tuple),
        "private_hosts": st.lists(TEXTS, max_size=3).map(tuple),
        "ytdlp_extractor_args": st.dictionaries(
            TEXTS, st.dictionaries(TEXTS, st.lists(TEXTS, max_size=2), max_size=2), max_size=2
        ),
        "drop_dark": st.booleans(),
        "jpeg_quality": st.integers(1, 100),
        "trim_end": st.floats(0, 1e6),
        "sampling": st.sampled_from(["keyframes", "exact"]),
    },
)


@given(CHOSEN)
def test_settings_survive_the_way_through_the_environment(chosen: dict[str, Any]) -> None:
    given_settings = Settings(**chosen)
    with patch.dict(os.environ, to_environment(given_settings), clear=True):
        assert Settings() == given_settings


def test_the_environment_of_the_caller_does_not_leak_into_a_stack() -> None:
    base = {"MOVIETAG_KAFKA": "elsewhere:9092", "PATH": "/bin"}
    environment = stack_environment(Settings(kafka=None), Path("/srv/h"), base)
    assert "MOVIETAG_KAFKA" not in environment
    assert environment["PATH"] == "/bin"
    assert environment[MARKER] == "/srv/h"


def test_a_relative_path_becomes_absolute() -> None:
    assert to_environment(Settings(home=Path("here")))["MOVIETAG_HOME"] == str(Path.cwd() / "here")


def test_the_digest_tells_settings_apart() -> None:
    assert settings_digest(Settings(slots=5)) == settings_digest(Settings(slots=5))
    assert settings_digest(Settings(slots=5)) != settings_digest(Settings(slots=6))
    assert settings_digest(Settings(vocabulary="mpst")) != settings_digest(
        Settings(vocabulary="mine.txt")
    )


def test_a_command_may_wait_longer_for_a_stack_that_is_starting() -> None:
    assert settings_digest(Settings(start_seconds=5)) == settings_digest(Settings(start_seconds=6))


def test_a_retag_changes_the_tagging_alone() -> None:
    one = settings_digest(Settings(vocabulary="mpst", slots=5))
    assert same_but_tagging(
        one, settings_digest(Settings(vocabulary="a.txt", match="substring", slots=5))
    )
    assert not same_but_tagging(one, settings_digest(Settings(vocabulary="mpst", slots=6)))
