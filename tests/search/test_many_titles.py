"""`movietag add` asks before it sends what forgets or tags again more than a few percent of the library."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import movietag.cli.add
from movietag.cli.add import add
from movietag.settings import Settings

app = typer.Typer()
app.command()(add)
MANY = 11


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The titles that reach Kafka."""
    reached: list[bytes] = []

    async def note(
        settings: Settings,
        values: Sequence[bytes],
        report: Callable[[int], None],
        *,
        bulk: bool,
    ) -> None:
        assert bulk
        reached.extend(values)

    monkeypatch.setattr(movietag.cli.add, "send_titles", note)
    return reached


def call(tmp_path: Path, lines: Sequence[str], *words: str) -> Result:
    (file := tmp_path / "titles").write_text("\n".join(lines))
    return CliRunner().invoke(app, ["--from", str(file), *words])


def forgets(count: int) -> list[str]:
    return [json.dumps({"title": f"Movie {number}", "forget": True}) for number in range(count)]


@pytest.mark.usefixtures("filled")
def test_many_are_forgotten_or_tagged_again_only_with_yes(
    tmp_path: Path, sent: list[bytes]
) -> None:
    refused = call(tmp_path, forgets(MANY))
    assert refused.exit_code == 2
    assert f"forgets {MANY} of" in refused.output
    assert "with --yes" in refused.output
    again = call(tmp_path, [f"Movie {number}" for number in range(MANY)], "--refresh")
    assert again.exit_code == 2
    assert f"searches and tags again {MANY} of" in again.output
    assert sent == []
    assert call(tmp_path, forgets(MANY), "--yes").exit_code == 0
    assert len(sent) == MANY


@pytest.mark.usefixtures("away")
def test_few_titles_and_new_ones_need_no_elasticsearch(tmp_path: Path, sent: list[bytes]) -> None:
    assert call(tmp_path, forgets(MANY - 1)).exit_code == 0
    assert call(tmp_path, [f"Movie {number}" for number in range(100)]).exit_code == 0
    assert len(sent) == MANY - 1 + 100
