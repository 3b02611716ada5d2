"""``movietag vocabulary``, as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from movietag.cli import app
from movietag.vocabulary import load


def test_list_names_each_built_in_one() -> None:
    done = CliRunner().invoke(app, ["vocabulary", "list", "--json"])
    assert done.exit_code == 0
    assert {one["name"]: one["vocabulary_id"] for one in json.loads(done.stdout)} == {
        name: load(name).vocabulary_id for name in ("mpst", "mpst-aliases")
    }


def test_show_has_all_tags_in_order() -> None:
    done = CliRunner().invoke(app, ["vocabulary", "show", "mpst-aliases", "--json"])
    tags = json.loads(done.stdout)["tags"]
    assert [one["tag"] for one in tags] == list(load("mpst").tags)
    assert {"tag": "cult", "aliases": [], "group": "unseen"} in tags


def test_check_tells_what_a_caption_has(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[tags]\nfun = ["funny"]\nsad = []\n')
    done = CliRunner().invoke(
        app, ["vocabulary", "check", str(path), "--caption", "A sad, funny dog", "--json"]
    )
    assert json.loads(done.stdout)["captions"] == {"A sad, funny dog": ["fun", "sad"]}


def test_check_of_a_file_that_does_not_fit_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("fun\nsad\nFun\n")
    done = CliRunner().invoke(app, ["vocabulary", "check", str(path)])
    assert done.exit_code == 2
    assert "line 3: 'Fun' is listed twice (line 1)" in done.stderr
