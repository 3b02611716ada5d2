"""The committed demo model, through the serving code: it reads movies it never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from movietag.captioning.vision_model import VisionModel
from movietag.drawn.heldout import held_out_film, sampled_frames
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.demo_model.dataset import example
from movietag.research.demo_model.scoring import f1_by_tag, micro_f1, thumbnail_probe
from movietag.research.demo_model.served import (
    HELD_OUT_FILMS,
    MODEL,
    caption_jpegs,
    serving_settings,
)
from movietag.vocabulary import load

pytestmark = pytest.mark.heavy

SEEDS = (960, 961, 962)


@pytest.fixture(scope="module")
def model() -> VisionModel:
    return VisionModel(serving_settings(MODEL))


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, frozenset[str]]]:
    folder: Path = tmp_path_factory.mktemp("heldout")
    return [
        frame
        for seed in SEEDS
        for frame in sampled_frames(held_out_film(seed, shots=12, videos=3), folder)
    ]


def test_size() -> None:
    weights = load_file(MODEL / "model.safetensors")
    parameters = sum(weight.size for weight in weights.values())
    assert 1_000_000 <= parameters <= 2_000_000
    assert sum(file.stat().st_size for file in MODEL.iterdir()) <= 5 << 20


def test_it_reads_movies_it_never_saw(
    model: VisionModel, frames: list[tuple[bytes, frozenset[str]]]
) -> None:
    assert not set(SEEDS) & set(HELD_OUT_FILMS)
    captions = caption_jpegs(model, [jpeg for jpeg, _ in frames])
    vocabulary = load("mpst")
    said = [vocabulary.match(caption) for caption in captions]
    found = np.array([[tag in tags for tag in DRAWN_TAGS] for tags in said])
    truth = np.array([[tag in tags for tag in DRAWN_TAGS] for _, tags in frames])
    assert len(frames) >= 50
    assert micro_f1(found, truth) >= 0.95
    assert all(
        caption.startswith("A scene from a movie containing tag data '") for caption in captions
    )


def test_a_caption_does_not_depend_on_its_batch(
    model: VisionModel, frames: list[tuple[bytes, frozenset[str]]]
) -> None:
    jpegs = [jpeg for jpeg, _ in frames[:8]]
    assert caption_jpegs(model, jpegs) == [caption_jpegs(model, [one])[0] for one in jpegs]


def test_the_prompt_is_the_templates(model: VisionModel) -> None:
    assert model.prompt() == "<s>USER: <image>Describe this scene of a movie. ASSISTANT: "
    assert model.tagger.startswith("llava@")


@pytest.mark.slow
def test_colours_and_layout_alone_do_not_tell() -> None:
    drawn = [example(5_000_000 + seed, 64) for seed in range(450)]
    pictures = np.stack([picture for picture, _ in drawn])
    tags = np.stack([there for _, there in drawn])
    assert thumbnail_probe(pictures[:350], tags[:350], pictures[350:], tags[350:]) < 0.6


def test_scores() -> None:
    truth = np.array([[True, False], [True, True]])
    assert micro_f1(truth, truth) == 1.0
    assert micro_f1(np.zeros_like(truth), truth) == 0.0
    found = np.array([[True, True], [True, False]])
    assert micro_f1(found, truth) == pytest.approx(4 / 6)
    assert f1_by_tag(found, truth) == [1.0, 0.0]
