from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from movietag.cli import app
from movietag.errors import UsageError
from movietag.files import replacing, write_whole
from movietag.research.evaluation.results import Evaluation, read_evaluation

pytestmark = pytest.mark.heavy

Study = tuple[Path, Path, Path]


def movietag(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_from_files_to_report_and_figures(invented_study: Study, tmp_path: Path) -> None:
    genome, before, after = invented_study
    out, text, folder = tmp_path / "e.json", tmp_path / "r.md", tmp_path / "a" / "figures"
    asked = ("--genome", genome, "--relevance", 0.3, "--resamples", 50)
    done = movietag("evaluate", before, after, *asked, "--out", out, "--markdown", text)
    assert done.exit_code == 0, done.output
    assert "relevance >= 0.3" in done.output
    assert "after minus before" in done.output
    found = read_evaluation(out)
    assert [run.run for run in found.runs] == ["before", "after"]
    assert (found.choices.relevance, found.choices.resamples) == (0.3, 50)
    assert "## after: each tag" in text.read_text()
    drawn = movietag("figures", out, "--folder", folder, "--json")
    assert drawn.exit_code == 0, drawn.output
    files = json.loads(drawn.output)["files"]
    assert len(files) == 10
    assert {str(path) for path in folder.iterdir()} == set(files)


def test_json(invented_study: Study) -> None:
    genome, before, _ = invented_study
    done = movietag("evaluate", before, "--genome", genome, "--resamples", 20, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["runs"][0]["run"] == "before"


@pytest.mark.parametrize("given", [(), ("--mpst", "x", "--truth", "y")])
def test_one_reference(invented_study: Study, given: tuple[str, ...]) -> None:
    done = movietag("evaluate", invented_study[1], *given)
    assert done.exit_code == 2
    assert "give one of --reference FILE, --genome FOLDER, --mpst FILE, --truth FILE" in done.stderr


def test_a_mistake_is_one_line_and_writes_nothing(invented_study: Study, tmp_path: Path) -> None:
    genome, before, _ = invented_study
    asked = ("--genome", genome, "--relevance", 2, "--out", tmp_path / "e.json")
    done = movietag("evaluate", before, *asked)
    assert done.exit_code == 2
    assert done.stderr == (
        "movietag: The relevance threshold is 2; it must be above 0 and at most 1.\n"
    )
    assert not list(tmp_path.iterdir())


def test_figures_of_what_is_no_evaluation(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text("{}")
    done = movietag("figures", tmp_path / "e.json", "--folder", tmp_path / "figures")
    assert done.exit_code == 2
    assert "Make it again with `movietag evaluate" in done.stderr
    assert not (tmp_path / "figures").exists()


def test_figures_without_matplotlib(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import msgspec

    (tmp_path / "e.json").write_bytes(msgspec.json.encode(evaluation))
    monkeypatch.setattr("movietag.cli.figures.find_spec", lambda _: None)
    done = movietag("figures", tmp_path / "e.json")
    assert done.exit_code == 2
    assert 'pip install "movietag[evaluation]"' in done.stderr


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_whole(path, b"old")

    def fail() -> None:
        with replacing(path) as part:
            part.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UsageError, match="is a folder"):
        write_whole(tmp_path, b"")
    with pytest.raises(UsageError, match="cannot be written"):
        write_whole(path / "y", b"")


@pytest.mark.parametrize("command", ["evaluate", "figures"])
def test_help_has_an_example(command: str) -> None:
    assert f"Example: movietag {command}" in movietag(command, "--help").output
