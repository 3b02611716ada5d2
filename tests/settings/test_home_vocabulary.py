"""Which vocabulary stands in a home, over any number of retags."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.settings import Settings, after_retags, load_settings
from movietag.settings.environment import to_environment
from movietag.settings.home_vocabulary import (
    SavedTagging,
    Tagging,
    clear_current,
    current_tagging,
    retagged,
    save_current,
    save_vocabulary,
    tagging_file,
)
from movietag.vocabulary import DEFAULT_RULE

A, B, C = (Tagging(f"/tags/{name}.txt", "words") for name in "abc")


def test_settings_stand_until_a_retag_and_again_when_they_change(tmp_path: Path) -> None:
    assert current_tagging(tmp_path, A) == A
    save_current(tmp_path, B, before=A)
    assert current_tagging(tmp_path, A) == B
    assert current_tagging(tmp_path, B) == B
    assert current_tagging(tmp_path, C) == C  # somebody says something new
    assert current_tagging(tmp_path, Tagging(A.vocabulary, "substring")).match == "substring"
    clear_current(tmp_path)
    assert current_tagging(tmp_path, A) == A


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6))
def test_whatever_stood_before_means_what_stands_now(names: str) -> None:
    kept: SavedTagging | None = None
    now = A
    for name in names:
        wanted = Tagging(f"/tags/{name}.txt", "words")
        kept = retagged(kept, wanted, now)
        now = wanted
        assert kept.now == now
        assert now not in kept.before
    assert kept is not None
    assert {kept.now, *kept.before} == {
        A,
        *(Tagging(f"/tags/{name}.txt", "words") for name in names),
    }


def test_a_built_in_name_is_no_path_and_a_path_is_absolute() -> None:
    assert Tagging.of("mpst", "words").vocabulary == "mpst"
    assert Tagging.of("mine.txt", "words").vocabulary == str(Path.cwd() / "mine.txt")


def test_the_copy_has_the_name_and_stays_when_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("horror\n")
    copy = save_vocabulary(tmp_path / "home", file, "mine-1")
    file.write_text("comedy\n")
    assert (copy.name, copy.read_text()) == ("mine.txt", "horror\n")
    assert save_vocabulary(tmp_path / "home", copy, "mine-1") == copy


def test_settings_are_read_with_what_stands(tmp_path: Path) -> None:
    given_settings = Settings(home=tmp_path, vocabulary="mpst")
    with patch.dict("os.environ", to_environment(given_settings)):
        assert load_settings() == given_settings
        save_current(tmp_path, Tagging("mpst-aliases", "substring"), Tagging("mpst", DEFAULT_RULE))
        read = load_settings()
        assert (read.vocabulary, read.match) == ("mpst-aliases", "substring")


def test_a_retag_from_a_former_default_applies_where_no_rule_is_named(tmp_path: Path) -> None:
    save_current(tmp_path, Tagging("mpst-aliases", "substring"), Tagging("mpst", "words"))
    unset = after_retags(Settings(home=tmp_path, vocabulary="mpst"))
    assert (unset.vocabulary, unset.match) == ("mpst-aliases", "substring")
    named = Settings(home=tmp_path, vocabulary="mpst", match=DEFAULT_RULE)
    assert after_retags(named) == named


def test_a_file_that_is_something_else_is_told(tmp_path: Path) -> None:
    tagging_file(tmp_path).write_text('{"now": 7}')
    with pytest.raises(UsageError, match=r"vocabulary\.json is not what `movietag retag` writes"):
        current_tagging(tmp_path, A)
