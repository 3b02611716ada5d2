import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from movietag import topics
from movietag.errors import PermanentError
from movietag.letters.documents import letter_document, preview
from movietag.records import MovieId, Shortened, encode
from movietag.streams.failures.dead_letters import letter_for, shortened_letter


def event(value: bytes, headers: dict[str, bytes] | None = None, offset: int = 7) -> Any:
    message = SimpleNamespace(
        topic="movietag.titles", partition=3, offset=offset, key=b"k", value=value
    )
    return SimpleNamespace(message=message, headers=headers or {})


def test_a_letter_names_where_it_came_from_and_keeps_key_and_headers() -> None:
    letter = letter_for(
        event(b"x", {"trace": b"\xff"}), "plan", PermanentError("bad-title", "No."), MovieId("m")
    )
    assert letter.letter_id == "movietag.titles/3/7/plan"
    assert (letter.key, letter.headers, letter.movie_id) == (b"k", (("trace", b"\xff"),), "m")
    assert [failure.error for failure in letter.history] == ["bad-title"]


def test_a_replayed_message_that_fails_again_keeps_its_letter_and_gains_a_failure() -> None:
    first = letter_for(event(b"x"), "plan", PermanentError("bad-title", "No."), MovieId("m"))
    again = letter_for(
        event(b"x", {topics.LETTER_HEADER: encode(first)}, offset=90),
        "plan",
        PermanentError("forbidden-path", "Still no."),
    )
    assert again.letter_id == first.letter_id
    assert (again.offset, again.movie_id) == (90, "m")
    assert [failure.error for failure in again.history] == ["bad-title", "forbidden-path"]
    assert all(name != topics.LETTER_HEADER for name, _ in again.headers)


def test_the_document_of_a_letter_has_its_place_and_a_version_that_grows() -> None:
    first = letter_for(event(b"\x00\x1b[31mred"), "plan", PermanentError("bad-title", "No."))
    document = letter_document({topics.LETTER_HEADER: encode(first)}, b"\x00\x1b[31mred", 3, 7)
    assert (document.version, document.doc_id) == (4, "movietag.titles~3~7~plan")
    assert b'"letter_offset":7' in bytes(document.body)


@pytest.mark.parametrize("headers", [{}, {"trace": b"x" * 20_000}], ids=["small", "large"])
def test_a_letter_that_is_too_large_has_the_beginning_size_and_hash_of_its_message(
    headers: dict[str, bytes],
) -> None:
    value = b"title " * 200_000
    letter = letter_for(event(value, headers), "plan", PermanentError("bad-title", "No."))
    short = shortened_letter(letter, value)
    assert len(encode(short)) < 10_000
    assert short.letter_id == letter.letter_id
    assert (short.key, short.headers) == ((b"k", ()) if not headers else (None, ()))
    assert short.shortened == Shortened(
        beginning=value[:4096], size=len(value), sha256=hashlib.sha256(value).hexdigest()
    )
    body = json.loads(
        bytes(letter_document({topics.LETTER_HEADER: encode(short)}, None, 3, 7).body)
    )
    assert body["size"] == len(value)
    assert body["preview"].startswith("title title")


def test_a_letter_without_its_header_is_no_document() -> None:
    with pytest.raises(PermanentError):
        letter_document({}, b"x", 3, 7)


def test_previews_show_no_control_characters() -> None:
    assert preview(b"\x00\x1b[31mred\xff") == "··[31mred\ufffd"
    assert len(preview("기생충".encode() * 1000)) == 200


def test_headers_that_are_rubbish_are_kept_and_stop_nothing() -> None:
    headers: Any = {topics.LETTER_HEADER: b"junk", "null": None}
    letter = letter_for(event(b"x", headers), "plan", PermanentError("bad-title", "No."))
    assert letter.letter_id == "movietag.titles/3/7/plan"
    assert dict(letter.headers) == {topics.LETTER_HEADER: b"junk", "null": b""}
