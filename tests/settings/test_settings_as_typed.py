"""Settings as people type them: lists with commas, names with a slip, values that are none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from movietag.errors import UsageError
from movietag.settings import Settings, load_settings
from movietag.settings.unknown import unknown_variables

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a.org,b.org", ("a.org", "b.org")),
        (" a.org , b.org, ", ("a.org", "b.org")),
        ("a.org", ("a.org",)),
        ('["a.org", "b.org"]', ("a.org", "b.org")),
        ("[]", ()),
        ("", ()),
    ],
)
def test_a_list_is_json_or_has_commas(
    typed: str, read: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MOVIETAG_SITES", typed)
    assert load_settings().sites == read
    monkeypatch.delenv("MOVIETAG_SITES")
    (tmp_path / "movietag_sites").write_text(typed)
    monkeypatch.setenv("MOVIETAG_SECRETS_DIR", str(tmp_path))
    assert load_settings().sites == read or not typed


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SEARCH_INTERVAL", "inf", "finite"),
        ("FETCH_INTERVAL", "nan", "finite"),
        ("ROOTS", "films", f"films is relative; write {Path.cwd()}/films"),
        ("VIDEOS", "five", "integer"),
    ],
)
def test_a_value_that_is_none_ends_in_a_line(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MOVIETAG_{name}", value)
    with pytest.raises(UsageError) as caught:
        load_settings()
    first, line = str(caught.value).splitlines()
    assert first == "Invalid settings:"
    assert line.startswith(f"  MOVIETAG_{name}")
    assert says in line


def test_the_home_may_be_written_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIETAG_ROOTS", "~/films")
    assert load_settings().roots == (Path("~/films").expanduser(),)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MOVIETAG_VIDEO", "Did you mean MOVIETAG_VIDEOS?"),
        ("MOVIETAG_ELASTIC_SEARCH", "MOVIETAG_ELASTICSEARCH"),
        ("movietag_videoss", "Did you mean MOVIETAG_VIDEOS?"),
        ("MOVIETAG_COLOUR_OF_THE_DOOR", "docs/settings.md lists all."),
    ],
)
def test_a_name_that_is_no_setting_is_told_with_the_near_one(name: str, says: str) -> None:
    (text,) = unknown_variables(
        {name: "3", "MOVIETAG_SLOTS": "9", "PATH": "/bin"}, Settings.model_fields
    )
    assert text.startswith(f"{name} is no setting")
    assert says in text


@pytest.mark.parametrize(
    "name",
    [
        "MOVIETAG_PLAN_SERVICE_HOST",
        "MOVIETAG_PLAN_PORT_9_TCP",
        "MOVIETAG_SECRETS_DIR",
        "MOVIETAG_HOME",
    ],
)
def test_what_others_set_is_not_told(name: str) -> None:
    assert not list(unknown_variables({name: "x"}, Settings.model_fields))


def test_nothing_of_ours_is_unknown_to_it() -> None:
    named = {
        node.value
        for room in ("movietag", "streams", "tests/support")
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant)
        and re.fullmatch("MOVIETAG_[A-Z][A-Z_]*[A-Z]", str(node.value))
    }
    assert "MOVIETAG_GAVE_BACK" in named
    assert not list(unknown_variables(dict.fromkeys(named, "x"), Settings.model_fields))
