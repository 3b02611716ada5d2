"""Addresses are shown without users and passwords, by one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.redaction import redacted
from movietag.settings import load_settings

ROOT = Path(__file__).parents[2]
ADDRESSES = {"kafka_address", "elasticsearch_url", "triton_address", "frame_store", "proxy"}
WORDS = st.text("abcXYZ019.-_~!$&'()*+;=%", min_size=1, max_size=12)


@given(WORDS, WORDS)
def test_a_password_before_a_host_is_never_shown(user: str, password: str) -> None:
    secret = f"<{password}>".replace("<", "q7").replace(">", "q8")
    for text in (
        f"https://{user}:{secret}@host:9200/path?x=1",
        f"Cannot reach http://{user}:{secret}@127.0.0.1:9, is it up?",
        f"{user}:{secret}@broker:9092",
        f"one:9092,{user}:{secret}@two:9092",
    ):
        assert secret not in redacted(text)
        assert "***@" in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:19200",
        "broker:9092,other:9092",
        "https://host/path@2x.png",
        "/srv/frames",
        "mail to somebody@example.org",
        "s3://bucket/folder",
    ],
)
def test_what_has_no_user_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("ELASTICSEARCH", "https://me:seed-71c3@host:9200", "MOVIETAG_ELASTICSEARCH_PASSWORD"),
        ("ELASTICSEARCH", "https://seed-71c3@host:9200", "MOVIETAG_ELASTICSEARCH_USERNAME"),
        ("KAFKA", "me:seed-71c3@broker:9092", "MOVIETAG_KAFKA_PASSWORD"),
        ("TRITON", "me:seed-71c3@gpu:8001", "MOVIETAG_TRITON_KEY"),
    ],
)
def test_an_address_with_a_password_is_refused_with_what_to_set(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, instead: str
) -> None:
    monkeypatch.setenv(f"MOVIETAG_{name}", value)
    with pytest.raises(UsageError, match=instead) as told:
        load_settings()
    assert "seed-71c3" not in str(told.value)
    assert f"MOVIETAG_{name}:" in str(told.value)


def test_a_setting_that_does_not_fit_is_shown_unless_it_is_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOVIETAG_VIDEOS", "http://me:seed-71c3@host")
    monkeypatch.setenv("MOVIETAG_YTDLP_EXTRACTOR_ARGS", '{"a": "seed"}')
    with pytest.raises(UsageError, match=r"MOVIETAG_VIDEOS.*http://\*\*\*@host") as told:
        load_settings()
    assert "seed-71c3" not in str(told.value)


def test_a_list_that_is_no_json_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIETAG_SITES", "[youtube.com")
    with pytest.raises(UsageError, match="MOVIETAG_SITES must be one,two, or a list in JSON"):
        load_settings()


def texts() -> Iterator[tuple[str, ast.JoinedStr]]:
    for folder in ("movietag", "streams"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    yield f"{path.name}:{node.lineno}", node


def test_every_text_with_an_address_has_it_by_that_function() -> None:
    found = 0
    for place, text in texts():
        for part in text.values:
            if not isinstance(part, ast.FormattedValue):
                continue
            names = {one.attr for one in ast.walk(part.value) if isinstance(one, ast.Attribute)}
            if names & ADDRESSES:
                found += 1
                call = part.value
                assert isinstance(call, ast.Call), place
                assert isinstance(call.func, ast.Name), place
                assert call.func.id == "redacted", place
    assert found >= 5
