"""``movietag prompts``, as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import movietag
from movietag.cli import app

DEMO = Path(movietag.__file__).parent / "demo" / "model"


def test_list_names_each_built_in_one() -> None:
    done = CliRunner().invoke(app, ["prompts", "list", "--json"])
    assert {one["name"]: one["strategy"] for one in json.loads(done.stdout)} == {
        "describe": "fixed",
        "found": "found",
        "known": "known",
        "tags": "vocabulary",
        "vocabulary": "vocabulary",
    }


@pytest.mark.heavy
def test_show_renders_for_what_is_known_and_counts_tokens() -> None:
    asked = ["prompts", "show", "known", "--title", "Alien (1979)", "--genre", "horror"]
    done = CliRunner().invoke(app, [*asked, "--model", str(DEMO), "--json"])
    shown = json.loads(done.stdout)
    assert 'the movie "Alien" (1979)' in shown["text"]
    assert "gothic" in shown["tags"]
    assert "western" not in shown["tags"]
    assert 0 < shown["tokens"] < len(shown["text"])


def test_a_prompt_that_is_not_there_is_told() -> None:
    done = CliRunner().invoke(app, ["prompts", "show", "vocabularly"])
    assert done.exit_code == 2
    assert "Built in: describe, found, known, tags, vocabulary" in done.stderr
