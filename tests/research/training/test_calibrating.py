"""Thresholds out of a data set: the command, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from support.tiny_clips import clip
from typer.testing import CliRunner

from movietag.captioning.engines import make_engine
from movietag.captioning.serving_settings import read_settings
from movietag.captioning.thresholds import check_thresholds, read_thresholds
from movietag.cli.app import app
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.frames.jpeg import encode_jpeg
from movietag.local.triton import shipped_model
from movietag.research.demo_model.dataset import examples
from movietag.research.training.stored import METADATA, Line
from movietag.settings import Settings
from movietag.vocabulary import load
from movietag.vocabulary.sentence import NAMING, QUESTION, sentence

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred pictures, half of them for validation, ten a movie."""
    folder = tmp_path_factory.mktemp("data")
    pictures, tags = examples(7_100_000, 100, 128, 1, lambda _: None)
    for number, (picture, row) in enumerate(zip(pictures, tags, strict=True)):
        split = "validation" if number % 2 else "train"
        (folder / split).mkdir(exist_ok=True)
        name = f"{number}.jpg"
        jpeg = encode_jpeg(np.ascontiguousarray(picture[..., ::-1]), 90)
        (folder / split / name).write_bytes(bytes(jpeg))
        seen = [tag for tag, there in zip(DRAWN_TAGS, row, strict=True) if there]
        line = Line(name, QUESTION, sentence(seen), f"{split} {number // 20}")
        with (folder / split / METADATA).open("ab") as lines:
            lines.write(msgspec.json.encode(line) + b"\n")
    return folder


@pytest.mark.heavy
def test_the_command_writes_thresholds_that_the_served_model_takes(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "thresholds.json"
    result = CliRunner().invoke(app, ["calibrate", str(data), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "counts from" in result.output
    found = read_thresholds(out)
    assert found.frames == 50
    assert found.judged is not None
    assert found.judged.movies == 5
    assert f"Out of fold (5 folds over 5 movies): F1 {found.judged.f1:.2f}" in result.output
    assert f'"always" has {found.judged.always:.2f}' in result.output
    rare = [tag for tag, why in found.judged.never.items() if why == "too-few-frames"]
    assert rare
    assert (
        f"{len(rare)} never count, as fewer than 3 frames have them, or lack them (calibrate with more"
        f" frames): {', '.join(rare)}."
    ) in " ".join(result.output.split())
    assert found.judged.f1 > 0.5 > found.judged.always
    served = read_settings(
        "llava",
        shipped_model(Settings(tagger_mode="tags", thresholds=out), {}),
    )
    assert served.thresholds == found
    assert served.answer == NAMING
    check_thresholds(found, found.scorer, load("mpst"))


def test_a_model_that_compares_is_calibrated_in_its_mode(data: Path, tmp_path: Path) -> None:
    """With random weights: no score says anything, whatever it is calibrated with."""
    folder, out = clip(tmp_path / "clip"), tmp_path / "thresholds.json"
    given = ["calibrate", str(data), "--mode", "similarity", "--model", str(folder)]
    result = CliRunner().invoke(app, [*given, "--out", str(out)])
    assert result.exit_code == 0, result.output
    found = read_thresholds(out)
    assert found.judged is not None
    vain = [tag for tag in found.judged.tags if not found.tags[tag].counts]
    assert vain
    said = f'{len(vain)} never count, as their score says no more than "always": {", ".join(vain)}.'
    assert said in " ".join(result.output.split())
    printed = CliRunner().invoke(app, [*given, "--out", str(out), "--json"])
    never = msgspec.json.decode(printed.stdout)["judged"]["never"]
    assert [tag for tag, why in never.items() if why == "says-no-more-than-always"] == vain
    assert never.keys() == {tag for tag, cut in found.tags.items() if not cut.counts}
    assert found.scorer.startswith("llava.similarity@")
    settings = Settings(tagger_mode="similarity", model_path=folder, thresholds=out)
    served = make_engine(read_settings("llava", shipped_model(settings, {})))
    assert served.tagger.startswith("llava.similarity@")
    assert served.tagger != found.scorer


def test_a_split_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    given = ["calibrate", str(data), "--split", "test", "--out", str(tmp_path / "t.json")]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 2
    assert "no split test" in result.output
    assert not (tmp_path / "t.json").exists()
