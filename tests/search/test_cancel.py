"""``movietag cancel``: what waits, and what is sent; on a real Kafka."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

import movietag.cli.cancel
from movietag.adding import send_titles
from movietag.cli.cancel import cancel
from movietag.kafka.unread_titles import unread_titles
from movietag.rules.titles import parse_title
from movietag.settings import Settings
from movietag.steering.cancelling import CancelledMovie

app = typer.Typer()
app.command()(cancel)


@pytest.mark.servers
async def test_titles_that_nobody_has_planned_are_found_once_each(own_kafka: Settings) -> None:
    gone = json.dumps({"title": "Up", "year": 2009, "cancel": True}).encode()
    await send_titles(own_kafka, [b"Heat (1995)", b"Heat (1995)", b"\xff", gone])
    await send_titles(own_kafka, [b"Brazil (1985)", b"Heat (1995)"], bulk=True)
    found = await unread_titles(own_kafka)
    assert sorted(title.title for title in found.values()) == ["Brazil", "Heat"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The messages that reach Kafka."""
    reached: list[bytes] = []

    async def note(settings: Settings, values: Sequence[bytes]) -> None:
        reached.extend(values)

    monkeypatch.setattr(movietag.cli.cancel, "send_titles", note)
    return reached


def call(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, words, input=answer)


def test_a_title_or_a_list_is_cancelled_by_the_ids_that_adding_it_gives(
    tmp_path: Path, sent: list[bytes]
) -> None:
    (file := tmp_path / "list.txt").write_text("Heat (1995)\nBrazil (1985)\n")
    assert call("--from", str(file), "--dry-run").exit_code == 0
    assert call("--from", str(file), answer="n\n").exit_code == 1
    assert sent == []
    assert call("--from", str(file), "--yes").exit_code == 0
    assert "Up (2009): cancelled" in call("Up (2009)").output
    titles = [parse_title(value) for value in sent]
    assert [title.title for title in titles] == ["Heat", "Brazil", "Up"]
    assert all(title.cancel for title in titles)
    assert titles[0].movie_id == parse_title(b"Heat (1995)").movie_id


def test_where_nothing_waits_programs_get_json_too(
    monkeypatch: pytest.MonkeyPatch, sent: list[bytes]
) -> None:
    async def none(settings: Settings) -> list[CancelledMovie]:
        return []

    monkeypatch.setattr(movietag.cli.cancel, "_waiting", none)
    said = call("--waiting", "--json")
    assert (said.exit_code, json.loads(said.stdout)) == (1, [])
    assert call("--waiting").stdout == "Nothing waits.\n"
    assert sent == []


@pytest.mark.parametrize("words", [(), ("Heat (1995)", "--waiting")])
def test_one_names_titles_or_all_that_wait(words: Sequence[str], sent: list[bytes]) -> None:
    assert call(*words).exit_code == 2
    assert sent == []


def test_all_that_wait_are_listed_before_they_are_cancelled(
    monkeypatch: pytest.MonkeyPatch, sent: list[bytes]
) -> None:
    async def waiting(settings: Settings) -> list[CancelledMovie]:
        return [CancelledMovie("heat-1995-x", "Heat", 1995)]

    monkeypatch.setattr(movietag.cli.cancel, "_waiting", waiting)
    assert json.loads(call("--waiting", "--dry-run", "--json").output)[0]["title"] == "Heat"
    assert call("--waiting", answer="n\n").exit_code == 1
    assert sent == []
    assert call("--waiting", answer="y\n").exit_code == 0
    assert len(sent) == 1
