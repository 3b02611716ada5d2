"""Tag scoring: the packed pass against scoring each tag by itself; thresholds; the served mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.thresholds import (
    NEVER,
    Judgement,
    TagCut,
    TagJudgement,
    Thresholds,
    check_thresholds,
    read_thresholds,
    write_thresholds,
)
from movietag.captioning.vision_model import VisionModel
from movietag.errors import UsageError
from movietag.records import Context
from movietag.research.demo_model.served import MODEL, serving_settings
from movietag.vocabulary import Vocabulary, load

if TYPE_CHECKING:
    from movietag.captioning.scoring import TagScorer

ANSWER = "A scene from a movie containing tag data '{tag}"
TAGS = load("mpst").tags


@pytest.fixture(scope="module")
def model() -> VisionModel:
    return VisionModel(replace(serving_settings(MODEL), answer=ANSWER))


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(7)
    drawn = rng.integers(0, 255, (3, 128, 128, 3), dtype=np.uint8)
    return [Image.fromarray(one) for one in drawn]


def question(text: str, picture: Image.Image) -> list[dict[str, object]]:
    content = [{"type": "image", "image": picture}, {"type": "text", "text": text}]
    return [{"role": "user", "content": content}]


def processed(model: VisionModel, *questions: list[dict[str, object]]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = model._processor.apply_chat_template(
        list(questions),
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs={"padding": True},
    )
    return found


def scorer_of(model: VisionModel, answer: str = ANSWER) -> TagScorer:
    from movietag.captioning.scoring import TagScorer  # loads torch

    return TagScorer(model._model, model._inputs, TAGS, answer)


def score_alone(model: VisionModel, inputs: Mapping[str, Any], tag: str, same: int) -> float:
    """exp(mean log p) of a tag's tokens, by one whole pass over question and answer."""
    import torch

    ids = model._processor.tokenizer(ANSWER.format(tag=tag), add_special_tokens=False).input_ids
    whole = torch.cat([inputs["input_ids"], torch.tensor([ids])], 1)
    answered = model._model(
        input_ids=whole,
        attention_mask=torch.ones_like(whole),
        pixel_values=inputs["pixel_values"],
    )
    logs = answered.logits[0].log_softmax(-1)
    begin = inputs["input_ids"].shape[1]
    each = [float(logs[begin + at - 1, ids[at]]) for at in range(same, len(ids))]
    return float(np.exp(np.mean(each)))


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.heavy
def test_the_packed_pass_gives_what_each_tag_gets_by_itself(
    model: VisionModel, pictures: list[Image.Image], every: int
) -> None:
    """Of every ninth tag, or of all: half a second each."""
    import torch

    texts = ("Describe this scene of a movie.", "What?", "Describe.")
    questions = [question(*pair) for pair in zip(texts, pictures, strict=True)]
    scorer = scorer_of(model)
    with torch.inference_mode():
        together = scorer.scores(processed(model, *questions)).numpy()
        for number, one in enumerate(questions):
            inputs = processed(model, one)
            same = len(scorer._before)
            alone = [score_alone(model, inputs, tag, same) for tag in TAGS[::every]]
            np.testing.assert_allclose(together[number, ::every], alone, atol=2e-6)
    assert together.shape == (3, len(TAGS))
    assert together.std(0).max() > 0  # the picture matters


@pytest.mark.heavy
def test_several_passes_give_the_same_as_one(
    model: VisionModel, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    inputs = processed(model, *(question("Describe this scene.", one) for one in pictures))
    one = scorer_of(model)
    monkeypatch.setattr("movietag.captioning.scoring._MOST_PACKED", 20)
    several = scorer_of(model)
    assert len(several._passes) > 10
    with torch.inference_mode():
        np.testing.assert_allclose(several.scores(inputs), one.scores(inputs), atol=2e-6)


@pytest.mark.heavy
def test_an_answer_must_name_the_tag(model: VisionModel) -> None:
    with pytest.raises(UsageError, match=r"needs \{tag\} once"):
        scorer_of(model, "A scene")


VOCABULARY = Vocabulary("three", {"horror": (), "comedy": (), "absurd": ()})
MADE_UP = Thresholds(
    "llava.tags@1",
    VOCABULARY.tags_id,
    400,
    {"horror": TagCut(2.5, 11.0, 0.4, 120), "comedy": NEVER, "absurd": NEVER},
)


def test_files_of_thresholds_from_before_cross_validation_are_read_and_keep_their_tagger(
    tmp_path: Path,
) -> None:
    (tmp_path / "old.json").write_text(
        '{"scorer":"llava.tags@1","vocabulary":"three-aac17e6c","frames":400,"tags":{"horror":'
        '{"weight":2.5,"bias":11.0,"threshold":0.4,"frames":120}}}'
    )
    old = read_thresholds(tmp_path / "old.json")
    assert (old.judged, old.tags["horror"].counts) == (None, True)
    assert old.digest == "c0f6de468403"  # as its tagger's id was made with it
    judged = Judgement(5, 9, 0.8, 0.4, {"horror": TagJudgement(0.8, 0.4, 0.1, "movies")})
    assert msgspec.structs.replace(old, judged=judged).digest == old.digest


def test_thresholds_survive_their_file_and_are_refused_for_another_model(tmp_path: Path) -> None:
    learnt = MADE_UP
    write_thresholds(learnt, tmp_path / "new" / "thresholds.json")
    read = read_thresholds(tmp_path / "new" / "thresholds.json")
    assert (read, read.digest) == (learnt, learnt.digest)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["thresholds.json"]
    check_thresholds(read, "llava.tags@1", VOCABULARY)
    with pytest.raises(UsageError, match=r"of llava\.tags@1, not of llava\.tags@2.*calibrate"):
        check_thresholds(read, "llava.tags@2", VOCABULARY)
    with pytest.raises(UsageError, match="vocabulary three-"):
        check_thresholds(read, "llava.tags@1", load("mpst"))


def cut_short(path: Path) -> None:
    path.write_text('{"scorer": "a"')


@pytest.mark.parametrize("spoil", [Path.unlink, cut_short, lambda path: path.write_text("{}")])
def test_a_bad_file_of_thresholds_is_named(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "thresholds.json"
    path.touch()
    spoil(path)
    with pytest.raises(UsageError, match=r"Thresholds .*thresholds\.json: .*movietag calibrate"):
        read_thresholds(path)


def always(tags: tuple[str, ...], scorer: str) -> Thresholds:
    """Thresholds by which the first two tags always count."""
    cuts = {
        tag: TagCut(0.0, 3.0 if number < 2 else -3.0, 0.5, 9) for number, tag in enumerate(tags)
    }
    return Thresholds(scorer, load("mpst").tags_id, 20, cuts)


def with_thresholds(model: VisionModel) -> ServingSettings:
    return replace(model.settings, thresholds=always(TAGS, model.scorer))


@pytest.mark.heavy
def test_a_model_that_scores_says_what_counts_and_how_sure_it_is(
    model: VisionModel, pictures: list[Image.Image]
) -> None:
    scoring = VisionModel(with_thresholds(model))
    answers, milliseconds = scoring.answer(pictures, [Context(title="Heat")] * 3)
    assert [one.caption for one in answers] == [", ".join(TAGS[:2])] * 3
    assert '"confidence": {"' + TAGS[0] + '": 0.9526' in answers[0].scored
    assert milliseconds > 0
    assert scoring.tagger.startswith("llava.tags@")
    assert scoring.tagger != scoring.scorer == model.scorer


@pytest.mark.heavy
def test_thresholds_for_other_weights_are_refused(model: VisionModel) -> None:
    other = replace(model.settings, thresholds=always(TAGS, "llava.tags@000000000000"))
    with pytest.raises(UsageError, match="Make new ones"):
        VisionModel(other)


@pytest.mark.heavy
def test_a_model_that_writes_captions_has_no_scores(pictures: list[Image.Image]) -> None:
    with pytest.raises(UsageError, match="writes captions"):
        VisionModel(serving_settings(MODEL)).scores(pictures)
