"""A reference of one's own: tables as people write them, own vocabularies, and the command over both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from movietag.cli import app
from movietag.errors import UsageError
from movietag.research.evaluation.own_reference import read_own_reference
from movietag.research.evaluation.results import read_evaluation
from movietag.vocabulary import from_lines

SHOP = from_lines("shop", ["mug", "shirt", "red", "sci-fi"])


def read(path: Path, text: str) -> dict[str, tuple[str, ...]]:
    path.write_text(text, "utf-8")
    found = read_own_reference(path, SHOP)
    return {
        f"{movie.movie_id}|{movie.title}|{movie.year}": tuple(
            tag for tag, value in zip(found.tags, row, strict=True) if value
        )
        for movie, row in zip(found.movies, found.relevance, strict=True)
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.csv", 'title,tags\nHeat (1995),"red, mug"\nAlien³,sci-fi\n'),
        ("r.csv", '\ufefftags;year;title\nmug,red;1995;Heat\nSci Fi;;Alien³\n'),
        ("r.tsv", "Name\tLabels\nHeat [1995]\tmug\tred\nAlien³\tsci-fi\n"),
        ("r.jsonl", '{"title": "Heat", "year": 1995, "tags": ["mug", "red"], "more": 1}\n\n'
                    '{"title": "Alien³", "tags": ["sci-fi"]}\n'),
    ],
)  # fmt: skip
def test_however_it_is_written(name: str, text: str, tmp_path: Path) -> None:
    assert read(tmp_path / name, text) == {
        "|Heat|1995": ("mug", "red"),
        "|Alien³|None": ("sci-fi",),
    }


def test_ids(tmp_path: Path) -> None:
    found = read(tmp_path / "r.csv", "movie_id,tags\ntt0113277,mug\nshop-17,red\n")
    assert found == {"tt0113277||None": ("mug",), "shop-17||None": ("red",)}


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = "title,year,tags\nHeat,1995,muug\nRan,85,red\n,,mug\nHeat (1995),1995,shirt; red\nhttps://a.b/c,,red\n"
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "r.csv", text)
    message = str(caught.value)
    assert "r.csv, line 2: 'muug' is not in the vocabulary shop; nearest: mug" in message
    assert "r.csv, line 3: year is '85'" in message
    assert "r.csv, line 4: title and movie_id are blank" in message
    assert "r.csv, line 5: 'Heat' is also in line 2" in message
    assert "r.csv, line 5: 'shirt; red' is 2 tags joined by ';'" in message
    assert "r.csv, line 6: 'https://a.b/c' is no title" in message


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("r.csv", "title,tags\n", "no title. A reference has the columns"),
        ("r.csv", "titel,tags\nHeat,mug\n", "line 1: no columns title and tags in 'titel,tags'"),
        ("r.jsonl", '{"title": "Heat"}\n{"tags": 1}\nx\n', "line 3: "),
    ],
)
def test_what_is_no_reference(name: str, text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path / name, text)
    assert why in str(caught.value)


def export(path: Path, rows: dict[str, dict[str, int]], images: int = 4) -> Path:
    lines = ["movie_id,title,year,images,tag,count,ratio,lift"]
    for title, counts in rows.items():
        for tag, count in counts.items():
            lines.append(
                f"{title.lower()},{title},,{images},{tag},{count},{count / images:.6f},1.0"
            )
    path.write_text("\n".join(lines) + "\n")
    return path


def movietag(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """An export, a reference and a vocabulary of a shop."""
    words, truth = tmp_path / "shop.txt", tmp_path / "truth.csv"
    words.write_text("mug\nshirt\nred\nsci-fi\n")
    truth.write_text("title,tags\nOne,mug,red\nTwo,shirt\nThrée,red\nFour,mug\n")
    run = export(tmp_path / "tags.csv", {
        "One": {"mug": 4, "shirt": 0, "red": 3, "sci-fi": 0},
        "Two": {"mug": 0, "shirt": 4, "red": 1, "sci-fi": 0},
        "Three": {"mug": 1, "shirt": 0, "red": 4, "sci-fi": 0},
        "Fuor": {"mug": 1, "shirt": 0, "red": 4, "sci-fi": 0},
    })  # fmt: skip
    return run, truth, words


def test_the_command(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    run, truth, words = files
    given = ("evaluate", run, "--reference", truth, "--vocabulary", words, "--min-ratio", 0.5)
    report = tmp_path / "report.md"
    done = movietag(*given, "--out", tmp_path / "e.json", "--markdown", report)
    assert done.exit_code == 0, done.output
    assert "Fuor (nearest: Four)" in " ".join(done.output.split())
    found = read_evaluation(tmp_path / "e.json")
    assert found.kind == "own"
    (part,) = found.runs[0].groups
    assert (part.group, part.tags, found.runs[0].movies) == ("all", 4, 3)
    systems = {one.system: one.measures.f1_micro.value for one in part.results}
    assert systems["run"] == 1.0
    assert "exact_49" not in systems
    assert (systems["constant_top_k"] or 0) < 0.7
    assert {tag.tier for tag in found.runs[0].tags} == {"own"}
    assert "## tags: each tag" in report.read_text()


@pytest.mark.heavy
def test_figures_of_it(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run, truth, words = files
    second = tmp_path / "later.csv"
    second.write_text(run.read_text())
    out = tmp_path / "e.json"
    given = ("evaluate", run, second, "--reference", truth, "--vocabulary", words, "--out", out)
    assert movietag(*given).exit_code == 0
    drawn = movietag("figures", out, "--folder", tmp_path / "figures", "--json")
    assert drawn.exit_code == 0, drawn.output
    assert json.loads(drawn.output)["files"]


def test_the_wrong_vocabulary(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    run, truth, words = files
    done = movietag("evaluate", run, "--reference", truth)
    assert done.exit_code == 2
    assert "'shirt' is not in the vocabulary mpst" in done.stderr
    (tmp_path / "other.txt").write_text("mug\nshirt\nred\n")
    stranger = export(tmp_path / "strange.csv", {"One": {"horror": 1}})
    done = movietag("evaluate", stranger, "--reference", truth, "--vocabulary", words)
    assert "none of its tags (horror) is in the vocabulary shop" in done.stderr
    done = movietag("evaluate", run, "--mpst", truth, "--vocabulary", words)
    assert "--vocabulary is for a reference of your own" in done.stderr
