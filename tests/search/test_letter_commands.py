"""`movietag dead` on letters in Elasticsearch: listed on one line each, counted, filtered by text, corrected."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator

import msgspec
import pytest
from elasticsearch import AsyncElasticsearch
from support import sample_movies
from typer.testing import CliRunner, Result

from movietag.cli import dead, letter_edit
from movietag.documents import LetterBody
from movietag.letters.documents import body_document
from movietag.letters.replaying import ReplayOutcome
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings
from movietag.vocabulary import from_lines

LONG = "The field year is 19955; it must be 1870 to 2100. " + "Send one line of text. " * 20
SAMPLE = sample_movies.letter(from_lines("letters", ["horror"]))


def call(*words: str, stdin: str = "") -> Result:
    environment = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    return CliRunner().invoke(dead.app, words, input=stdin, env=environment)


@pytest.fixture
async def kind(filled: None, es: AsyncElasticsearch) -> AsyncIterator[str]:
    """The error that the letters of this test have, and no others; they are gone afterwards."""
    made = f"kind-{uuid.uuid4().hex[:8]}"
    bodies = [
        letter(made, 1, '{"title": "Heat", "year": 19955}', LONG),
        letter(made, 2, '{"title": "The Barn", "year": 19777}', LONG),
        letter(made, 3, "Ronin [red]\u202e\x1b[31m", "The title is empty.", stage="fetch"),
    ]
    written = [body_document(one) for one in bodies]
    gone = [
        msgspec.structs.replace(one, version=one.version + 1, body=msgspec.Raw(b"null"))
        for one in written
    ]
    assert await write_bulk(es, written) == []
    await es.indices.refresh(index="dead_letters*")
    yield made
    assert await write_bulk(es, gone) == []
    await es.indices.refresh(index="dead_letters*")


def letter(error: str, number: int, preview: str, reason: str, stage: str = "plan") -> LetterBody:
    return msgspec.structs.replace(
        SAMPLE,
        letter_id=f"movietag.titles/0/{number}/{error}",
        stage=stage,
        error=error,
        reason=reason,
        preview=preview,
        offset=number,
        at_ms=sample_movies.NOW + number,
    )


def test_a_line_a_letter_at_80_columns_with_its_title(kind: str) -> None:
    result = call("list", "--error", kind)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 1 + 3
    assert max(map(len, lines)) <= 80
    assert not set(result.stdout) & set("\x1b\u202e")
    assert f"movietag.titles/0/1/{kind}" in lines[3]
    assert "Heat" in lines[3]
    assert lines[3].rstrip("…").endswith(f"{kind}:")


def test_they_are_counted_by_stage_and_error(kind: str) -> None:
    counted = json.loads(call("counts", "--error", kind, "--json").stdout)
    assert counted["total"] == 3
    assert [(one["stage"], one["letters"]) for one in counted["groups"]] == [
        ("plan", 2),
        ("fetch", 1),
    ]
    assert counted["groups"][0]["newest"]["offset"] == 2
    text = call("counts", "--error", kind)
    assert max(map(len, text.stdout.splitlines())) <= 80
    assert "The Barn" in text.stdout
    assert call("counts", "--error", "unheard-of").exit_code == 1


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("heat", [1]), ("barn", [2]), ("title empty", [3]), ("field year", [2, 1]), ("heat barn", [])],
)
def test_they_are_filtered_by_text(kind: str, text: str, numbers: list[int]) -> None:
    found = json.loads(call("list", "--error", kind, "--text", text, "--json").stdout)
    assert [one["offset"] for one in found["letters"]] == numbers


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is sent, instead of a Kafka."""
    sent: list[bytes] = []

    async def payload(_: Settings, one: LetterBody) -> bytes:
        return one.preview.encode()

    async def send(_: Settings, one: LetterBody, value: bytes) -> ReplayOutcome:
        sent.append(value)
        return ReplayOutcome(1)

    monkeypatch.setattr(letter_edit, "read_letter", payload)
    monkeypatch.setattr(letter_edit, "_send", send)
    return sent


def test_a_corrected_message_is_sent(kind: str, kafka: list[bytes]) -> None:
    result = call("edit", f"movietag.titles/0/1/{kind}", "--set", "year=1995", "--yes")
    assert result.exit_code == 0, result.stderr
    assert [json.loads(value) for value in kafka] == [{"title": "Heat", "year": "1995"}]


def test_a_whole_message_replaces_it(kind: str, kafka: list[bytes]) -> None:
    assert (
        call("edit", f"movietag.titles/0/3/{kind}", "--message", "Ronin (1998)", "-y").exit_code
        == 0
    )
    assert kafka == [b"Ronin (1998)"]


def test_it_asks_with_what_is_sent(kind: str, kafka: list[bytes]) -> None:
    result = call("edit", f"movietag.titles/0/1/{kind}", "--set", "year=1995", stdin="n\n")
    assert '{"title":"Heat","year":"1995"}' in result.stdout
    assert result.exit_code == 1
    assert not kafka


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "Say what to change"),
        (("--set", "year=1995", "--message", "Heat"), "--set or --message"),
        (("--message", '{"title": ""}'), "The field title is blank"),
    ],
)
def test_what_is_not_sent(kind: str, kafka: list[bytes], words: tuple[str, ...], why: str) -> None:
    result = call("edit", f"movietag.titles/0/1/{kind}", *words, "--yes")
    assert result.exit_code == 2
    assert why in result.stderr
    assert not kafka
