"""The study in its short form: everything for real, with fewer films, pictures and steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.errors import UsageError
from movietag.research.evaluation.figures import group_of
from movietag.research.evaluation.results import Evaluation, Measures
from movietag.research.study.__main__ import SIZES
from movietag.research.study.base import LISTING, WORDS, ask, describe_motifs
from movietag.research.study.films import film_of
from movietag.research.study.report import BEGIN, END, pictures, results, splice
from movietag.research.study.running import Study, run_study
from movietag.vocabulary import load

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    torch.set_num_threads(1)  # the model is too small for more
    folder = tmp_path_factory.mktemp("study")
    size = replace(SIZES["short"], seeds=(0, 1), other_epochs=(1,))
    return run_study(folder, size, 2, lambda *_: None)


def measures(evaluation: Evaluation, key: str) -> Measures:
    run = next(one for one in evaluation.runs if one.run == key)
    return group_of(run, "all").results[0].measures


def value(measure: object) -> float:
    found = getattr(measure, "value", None)
    assert isinstance(found, float)
    return found


@pytest.mark.timeout(1200)
def test_the_papers_way_teaches_the_list_and_ours_teaches_to_see(study: Study) -> None:
    rows = {row.key: row for row in study.rows}
    assert list(rows) == ["base", "a", "r", "r scored"]
    assert study.films == {"train": 4, "validate": 1, "judge": 4}
    paper, ours = measures(study.any_image, "a"), measures(study.any_image, "r")
    assert value(paper.match_ratio) > 0.9
    assert value(paper.precision_micro) < 0.4
    assert value(ours.precision_micro) > value(paper.precision_micro)
    assert value(ours.auc_tags) > value(paper.auc_tags)
    assert rows["r"].frame_f1 > rows["a"].frame_f1
    assert rows["r"].frame_f1 > rows["base"].frame_f1


def test_other_seeds_and_epochs_train_on_the_same_frames(study: Study) -> None:
    assert [(one.seed, one.epochs) for one in study.repeats] == [(1, 15), (0, 1), (1, 1)]
    for one in study.repeats:
        assert [row.key for row in one.rows] == ["a", "r", "r scored"]  # the base has no seed
        assert [row.frames for row in one.rows] == [row.frames for row in study.rows[1:]]
    losses = {one.rows[1].loss for one in study.repeats} | {study.rows[2].loss}
    assert len(losses) == 4
    short, long = study.repeats[1].rows[1].loss, study.rows[2].loss
    assert short is not None
    assert long is not None
    assert short > long
    table = results(study).partition("mean over the seeds")[2].splitlines()[4:]
    assert [line.split(" | ")[:3] for line in table] == [
        [f"| {key}", epochs, "2"] for key in ("a", "r", "r scored") for epochs in ("1", "15")
    ]
    assert all(" to " in line for line in table)


def test_the_page_gets_tables_and_figures(study: Study, tmp_path: Path) -> None:
    page = tmp_path / "study.md"
    page.write_text(f"# The study\n\n{BEGIN}\nearlier tables\n{END}\n\nMore.\n")
    written = results(study)
    splice(page, written)
    text = page.read_text()
    assert "earlier tables" not in text
    assert text.endswith(f"{END}\n\nMore.\n")
    for name in ("**a**: the paper's way", "all tags, always", "random", "| r scored |"):
        assert name in text
    splice(page, written)
    assert page.read_text() == text
    assert all(content[:4] in (b"<?xm", b"\x89PNG") for content in pictures(study).values())
    (tmp_path / "other.md").write_text("# Another page\n")
    with pytest.raises(UsageError, match="lacks the marks for results"):
        splice(tmp_path / "other.md", written)


def test_the_base_model_is_taught_to_describe_and_seldom_says_a_tag() -> None:
    said = [describe_motifs([tag]) for tag in DRAWN_TAGS]
    vocabulary = load("mpst")
    named = [tag for tag, text in zip(DRAWN_TAGS, said, strict=True) if vocabulary.match(text)]
    assert named == ["gothic", "romantic", "western"]
    assert describe_motifs(["horror", "action", "western"]) == (
        "The picture shows a skull, a fast car and a cactus in a western land."
    )
    rng = np.random.default_rng(0)
    asked = [ask(rng, ["horror"]) for _ in range(500)]
    lists = [answer for question, answer in asked if question == LISTING]
    assert 0.2 < len(lists) / 500 < 0.4
    assert sum("'horror'" in answer for answer in lists) < len(lists) / 5
    assert set(WORDS) == set(DRAWN_TAGS)


def test_which_tags_go_together_tells_nothing() -> None:
    films = [film_of(seed) for seed in range(2201, 2261)]
    assert len({frozenset(film.main) for film in films}) > 40
    assert {tag for film in films for tag in film.main} == set(DRAWN_TAGS)
    assert film_of(2201) == film_of(2201)
