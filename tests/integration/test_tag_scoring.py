"""A real Triton that scores tags: thresholds learnt here, confidence out of the client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from movietag.captioning.captioners import make_captioner
from movietag.captioning.thresholds import write_thresholds
from movietag.captioning.vision_model import VisionModel
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.frames.jpeg import encode_jpeg
from movietag.local.stack import Stack
from movietag.research.demo_model.dataset import examples
from movietag.research.demo_model.served import MODEL, serving_settings
from movietag.research.training.cross_validation import cross_validate
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = pytest.mark.slow

ANSWER = "A scene from a movie containing tag data '{tag}"


async def test_scores_of_a_served_model_become_tags_with_their_confidence(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    pictures, truth = examples(7_000_000, 100, 128, 1, lambda _: None)
    jpegs = [bytes(encode_jpeg(np.ascontiguousarray(one[..., ::-1]), 90)) for one in pictures]
    scoring = VisionModel(replace(serving_settings(MODEL), answer=ANSWER))
    decoded = [one for one in scoring.decode(jpegs) if not isinstance(one, Exception)]
    scores, _ = scoring.scores(decoded)
    vocabulary = load("mpst")
    known = np.zeros((len(jpegs), len(vocabulary.tags)), dtype=bool)
    known[:, [vocabulary.tags.index(tag) for tag in DRAWN_TAGS]] = truth
    thresholds = cross_validate(scoring.scorer, vocabulary, scores, known).thresholds
    write_thresholds(thresholds, tmp_path / "thresholds.json")

    settings = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        tagger_mode="tags",
        thresholds=tmp_path / "thresholds.json",
    )
    served = Stack(settings)
    try:
        served.start(only=("triton",))
        client = make_captioner(settings)
        tagger = await client.tagger()
        answers = [await client.caption(jpeg) for jpeg in jpegs[:10]]
        await client.close()
    finally:
        served.down()
        served.reset()

    assert tagger.startswith("llava.tags@")
    for answer, row in zip(answers, scores, strict=False):
        wanted = thresholds.found(vocabulary.tags, row)
        assert answer.confidence is not None
        assert answer.confidence.keys() == wanted.keys()
        assert list(answer.confidence.values()) == pytest.approx(list(wanted.values()), abs=1e-3)
        assert answer.caption == ", ".join(wanted)
        assert (answer.vocabulary, answer.tagger) == (vocabulary.tags_id, tagger)
    assert any(answer.confidence for answer in answers)
