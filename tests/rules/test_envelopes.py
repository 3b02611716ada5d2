"""Titles as other programs send them: the table is tests/cases/messages.tsv; names of fields, and bytes that nobody expects."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import PermanentError
from movietag.rules.envelopes import MOST_BYTES, Removed, TitleFault
from movietag.rules.title_fields import NAMES, Deletes, TitleForm
from movietag.rules.titles import parse_title, read_message
from movietag.settings import Settings
from movietag.settings.table import TITLE_FIELDS

IMDB = TitleForm({"primaryTitle": "title", "startYear": "year", "tconst": "imdb"})
ROW = {"title": "Harbor Nine", "year": 1995}


def _read(value: bytes | None, form: TitleForm = TitleForm()) -> str:  # noqa: B008  # it is frozen
    try:
        found = read_message(value, form)
    except PermanentError as error:
        return f"letter {error.kind}"
    if isinstance(found, Removed):
        return f"nothing {found.how}"
    year = f" ({found.year})" if found.year else ""
    return f"{found.title}{year} {'|'.join(found.genres)}".strip()


@pytest.mark.parametrize(
    ("sent", "form", "read_as"),
    [
        ({"tconst": "tt0113277", "primaryTitle": "Heat", "startYear": "1995"}, IMDB, "Heat (1995)"),
        ({"primaryTitle": "Heat", "startYear": r"\N", "runtime": 170}, IMDB, "Heat"),
        ({"title": "Heat", "year": 1995, "id": 7}, IMDB, "Heat (1995)"),
        ({"primaryTitle": "Heat", "title": "L'affrontement"}, IMDB, "Heat"),
        ({"originalTitle": "Heat"}, IMDB, "letter bad-title"),
        (
            {"TITLE": "Heat", "YEAR": 1995},
            TitleForm({"TITLE": "title", "YEAR": "year"}),
            "Heat (1995)",
        ),
    ],
)
def test_names_of_fields(sent: dict[str, Any], form: TitleForm, read_as: str) -> None:
    assert _read(json.dumps(sent).encode(), form) == read_as
    assert _read(json.dumps({"after": sent, "before": None, "op": "c"}).encode(), form) == read_as


def test_an_unknown_field_names_the_setting_that_reads_it() -> None:
    with pytest.raises(PermanentError, match="TITLE=title, YEAR=year") as caught:
        parse_title(b'{"TITLE": "Heat", "YEAR": 1995}')
    setting = re.search(r"e\.g\. (.*?)\. Send", caught.value.reason)
    assert setting
    form = TitleForm(Settings(title_fields=setting[1]).title_fields)  # type: ignore[arg-type]
    assert _read(b'{"TITLE": "Heat", "YEAR": 1995}', form) == "Heat (1995)"


@pytest.mark.parametrize("deletes", get_args(Deletes))
def test_a_deleted_row_forgets_its_movie_if_it_is_to(deletes: Deletes) -> None:
    form = TitleForm(deletes=deletes)
    sent = json.dumps({"before": ROW, "after": None, "op": "d"}).encode()
    found = read_message(sent, form)
    if deletes == "ignore":
        assert isinstance(found, Removed)
    else:
        assert not isinstance(found, Removed)
        assert (found.forget, found.movie_id) == (
            True,
            parse_title(json.dumps(ROW).encode()).movie_id,
        )
    without_row = json.dumps({"before": None, "after": None, "op": "d"}).encode()
    assert _read(without_row, form) == "nothing delete"
    assert _read(None, form) == "nothing tombstone"


@given(st.sampled_from(["payload", "data", "after", "list", "text"]), st.integers(0, 9))
def test_envelopes_within_envelopes_end(kind: str, deep: int) -> None:
    value: Any = ROW
    for _ in range(deep):
        value = {
            "payload": {"schema": None, "payload": value},
            "data": {"specversion": "1.0", "type": "x", "data": value},
            "after": {"op": "c", "after": value, "before": None},
            "list": [value],
            "text": json.dumps(value),
        }[kind]
    assert _read(json.dumps(value).encode()) in {"Harbor Nine (1995)", "letter bad-title"}
    assert deep > 3 or _read(json.dumps(value).encode()) == "Harbor Nine (1995)"


@given(
    st.binary(max_size=200).flatmap(
        lambda tail: st.sampled_from(
            [b"\0\0\0\0\1", b"\3\5" + bytes(16), b"\3\0" + bytes(16), b'{"op":', b"["]
        ).map(lambda head: head + tail)
    )
)
def test_any_bytes_are_read_or_refused(value: bytes) -> None:
    read = _read(value)
    assert not read.startswith("letter ") or read.removeprefix("letter ") in get_args(TitleFault)


def test_what_is_compressed_is_bounded() -> None:
    import zlib

    bomb = b"\3\5" + bytes(16) + zlib.compress(b'{"title": "' + b"x" * 50_000_000 + b'"}', 9)
    assert len(bomb) < MOST_BYTES
    assert _read(bomb) == "letter bad-title"


def test_the_setting_knows_the_fields() -> None:
    assert TITLE_FIELDS == NAMES
    assert Settings(title_fields='{"a": "title"}').title_fields == {"a": "title"}  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="names no field of a title"):
        Settings(title_fields="a=name")  # type: ignore[arg-type]
