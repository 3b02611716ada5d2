"""`about:` on the command line: `search`, `scenes`, `embed`, with and without the setting."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import Result
from support.addresses import search_environment
from support.meaning_movies import APART, CAPTIONS
from typer.testing import CliRunner

from movietag.cli import app
from movietag.settings import Settings, get_settings

ROMANCE = 'about:"romantic embrace"'


@pytest.fixture
def commands(meant: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Commands look at the movies with vectors."""
    for name, value in search_environment(meant).items():
        monkeypatch.setenv(name, value)
    for name in ("vocabulary", "embedder"):
        monkeypatch.setenv(f"MOVIETAG_{name.upper()}", str(getattr(meant, name)))
    get_settings.cache_clear()
    yield monkeypatch
    get_settings.cache_clear()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"})


def test_movies_by_their_best_frames(commands: pytest.MonkeyPatch) -> None:
    told = run("search", ROMANCE)
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[0].split()[-2:] == ["Closest", "caption"]
    assert told.output.splitlines()[1].startswith("Rain (1952)")
    assert "A couple kisses in the rain [meaning #1 (0.4" in " ".join(told.output.split())
    found = json.loads(run("search", f"{ROMANCE} year:1952", "--json").output)
    (why,) = [one for one in found["movies"][0]["why"] if "about" in one]
    assert why["condition"] == ROMANCE
    assert why["about"]["caption"] == CAPTIONS["rain"][0]
    assert (why["about"]["meaning"], why["about"]["words"]) == (1, None)


def test_why(commands: pytest.MonkeyPatch) -> None:
    fits = run("search", ROMANCE, "--why", "Rain")
    assert fits.exit_code == 0, fits.output
    assert "A couple kisses in the rain [meaning #1" in fits.output
    lacks = run("search", ROMANCE, "--why", "Mars")
    assert lacks.exit_code == 1
    assert f"{ROMANCE}: does not hold" in lacks.output


def test_scenes(commands: pytest.MonkeyPatch) -> None:
    told = run("scenes", 'about:"a policeman shoots"', "--limit", "1")
    assert told.exit_code == 0, told.output
    assert CAPTIONS["heat"][1] in told.output
    assert "meaning #1 (0." in told.output
    found = json.loads(run("scenes", ROMANCE, "--json").output)
    assert found["scenes"][0]["about"]["slot"] == 0
    assert all(one["slot"] % APART == 0 for one in found["scenes"])


def test_without_the_setting(commands: pytest.MonkeyPatch) -> None:
    commands.setenv("MOVIETAG_EMBEDDER", "")
    get_settings.cache_clear()
    for words in (("search", ROMANCE), ("scenes", ROMANCE), ("embed",)):
        told = run(*words)
        assert told.exit_code == 2, words
        assert "set MOVIETAG_EMBEDDER=minilm" in told.stderr
        assert "Traceback" not in told.output


@pytest.mark.parametrize("words", [("search", ROMANCE), ("embed",)])
def test_a_model_that_is_not_there(words: tuple[str, ...], commands: pytest.MonkeyPatch) -> None:
    commands.setenv("MOVIETAG_EMBEDDER", "/nowhere")
    get_settings.cache_clear()
    told = run(*words)
    assert told.exit_code == 2
    assert "/nowhere needs a model.onnx" in told.stderr


def test_embed_when_all_have_one(commands: pytest.MonkeyPatch) -> None:
    told = run("embed")
    assert told.exit_code == 0, told.output
    count = sum(map(len, CAPTIONS.values()))
    assert (
        told.output == f"0 frames got a vector (vectors.minilm_84aad4c5); all {count} have one.\n"
    )
    found = json.loads(run("embed", "--json").output)
    assert (found["embedded"], found["frames"], found["without"]) == (0, count, 0)
