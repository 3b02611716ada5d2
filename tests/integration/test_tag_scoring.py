"""A real Triton that scores tags, by a captioner and by a CLIP: thresholds learnt here, confidence out of the client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.serving_config import settings_of
from support.tiny_clips import clip
from support.triton_process import triton_running

from movietag.captioning import Captioned
from movietag.captioning.captioners import make_captioner
from movietag.captioning.engines.similarity import SimilarityModel
from movietag.captioning.phrases import TEMPLATES
from movietag.captioning.thresholds import Scores, Thresholds, Truth, write_thresholds
from movietag.captioning.vision_model import VisionModel
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.frames.jpeg import encode_jpeg
from movietag.local.triton import model_repository
from movietag.research.demo_model.dataset import examples
from movietag.research.demo_model.served import MODEL, serving_settings
from movietag.research.training.cross_validation import cross_validate
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = pytest.mark.slow

ANSWER = "A scene from a movie containing tag data '{tag}"
VOCABULARY = load("mpst")


def drawn(count: int) -> tuple[list[bytes], Truth]:
    """JPEGs of drawn scenes, and which of the drawn tags each has."""
    pictures, truth = examples(7_000_000, count, 128, 1, lambda _: None)
    return [bytes(encode_jpeg(np.ascontiguousarray(one[..., ::-1]), 90)) for one in pictures], truth


def scored(model: VisionModel | SimilarityModel, jpegs: Sequence[bytes]) -> Scores:
    return model.scores(model.read(jpegs))[0]


async def answers_of(settings: Settings, jpegs: Sequence[bytes]) -> tuple[str, list[Captioned]]:
    """The tagger of a Triton with these settings, and what it says of pictures."""
    with triton_running(settings, model_repository()):
        client = make_captioner(settings)
        tagger = await client.tagger()
        answers = [await client.caption(jpeg) for jpeg in jpegs]
        await client.close()
    return tagger, answers


def check(answers: Sequence[Captioned], tagger: str, wanted: Thresholds, scores: Scores) -> None:
    """Each answer has the tags of a frame's scores, and their confidence."""
    for answer, row in zip(answers, scores, strict=True):
        tags = wanted.found(VOCABULARY.tags, row)
        assert answer.confidence == pytest.approx(tags, abs=1e-3)
        told = [tag for tag in answer.caption.split(", ") if tag]
        assert sorted(told) == sorted(tags)
        # By confidence; of two that are nearly alike, batches and single frames may differ.
        assert [tags[tag] for tag in told] == pytest.approx(
            sorted(tags.values(), reverse=True), abs=1e-3
        )
        assert (answer.vocabulary, answer.tagger) == (VOCABULARY.tags_id, tagger)
    assert any(answer.confidence for answer in answers)


async def test_scores_of_a_served_model_become_tags_with_their_confidence(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    jpegs, truth = drawn(100)
    model = VisionModel(replace(serving_settings(MODEL), answer=ANSWER))
    scores = scored(model, jpegs)
    known = np.zeros(scores.shape, dtype=bool)
    known[:, [VOCABULARY.tags.index(tag) for tag in DRAWN_TAGS]] = truth
    thresholds = cross_validate(model.scorer, VOCABULARY, scores, known).thresholds
    write_thresholds(thresholds, tmp_path / "thresholds.json")
    settings = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        tagger_mode="tags",
        thresholds=tmp_path / "thresholds.json",
    )
    tagger, answers = await answers_of(settings, jpegs[:10])
    assert tagger.startswith("llava.tags@")
    check(answers, tagger, thresholds, scores[:10])


async def test_frames_are_compared_with_texts_behind_triton(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    jpegs, _ = drawn(60)
    folder = clip(tmp_path / "clip")
    model = SimilarityModel(replace(settings_of(folder), templates=TEMPLATES))
    scores = scored(model, jpegs)
    known = scores > np.median(scores, axis=0)  # a truth that its scores can tell
    thresholds = cross_validate(model.scorer, VOCABULARY, scores, known).thresholds
    write_thresholds(thresholds, tmp_path / "thresholds.json")
    settings = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        model_path=folder,
        tagger_mode="similarity",
        thresholds=tmp_path / "thresholds.json",
    )
    tagger, answers = await answers_of(settings, jpegs[:10])
    assert tagger.startswith("llava.similarity@")
    check(answers, tagger, thresholds, scores[:10])
    assert {answer.prompt for answer in answers} == {"\n".join(TEMPLATES)}
