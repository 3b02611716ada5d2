"""What every family must do when it is taught: labels, prompts, merging, resuming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from families.conftest import write_dataset
from support.serving_config import config, settings_of

from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.serving_settings import read_settings
from movietag.captioning.vision_model import VisionModel
from movietag.research.training.finetune import finetune, ignore_step
from movietag.research.training.loading import load_base
from movietag.research.training.merging import merge
from movietag.research.training.settings import FinetuneSettings, adapters_of
from movietag.research.training.stored import read_dataset
from movietag.research.training.templates import add_ends
from movietag.research.training.trainer import make_trainer
from movietag.vocabulary.sentence import NAMING, QUESTION
from tools.families import PASSES, ROWS

pytestmark = pytest.mark.heavy
SETTINGS = FinetuneSettings(epochs=2, rank=2, learning_rate=5e-2, batch=4, do_pad=False)  # 2 steps
UNSET = {"prompt": "", "max_new_tokens": "", "do_pad": "", "threads": "1"}
SIZES = ((64, 36), (36, 64), (48, 48))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames of three sizes."""
    return write_dataset(tmp_path_factory.mktemp("data") / "three", SIZES)


@pytest.fixture(scope="module")
def batch(folder: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The first batch that the trainer takes, and the processor that made it."""
    loaded = load_base(folder)
    add_ends(loaded.processor)
    out = tmp_path_factory.mktemp("checkpoints")
    trainer = make_trainer(
        loaded, read_dataset(data), SETTINGS, adapters_of(SETTINGS), out, ignore_step
    )
    adapted = [name for name, one in trainer.model.named_parameters() if one.requires_grad]
    assert adapted
    assert all("language_model" in name or "text_model" in name for name in adapted)
    return next(iter(trainer.get_train_dataloader())), loaded.processor


def test_the_answer_and_its_end_are_learnt(batch: tuple[Any, Any], data: Path) -> None:
    inputs, processor = batch
    sentences = {one.line.completion for one in read_dataset(data).splits["train"]}
    ends = {processor.tokenizer.eos_token, "<end_of_turn>"}
    said = set()
    for labels in inputs["labels"].tolist():
        learnt = [label for label in labels if label != -100]
        tokens = processor.tokenizer.convert_ids_to_tokens(learnt)
        assert tokens[-1] in ends
        assert not set(tokens[:-1]) & set(processor.tokenizer.all_special_tokens)
        said.add(processor.tokenizer.decode(learnt[:-1]).strip())
    assert said == sentences


def test_what_is_asked_in_training_is_what_serving_asks(
    batch: tuple[Any, Any], data: Path, family: str, folder: Path, tmp_path: Path
) -> None:
    """Token by token; and the answer begins with the token that scoring looks at."""
    assert ROWS[family].finetune == PASSES
    inputs, processor = batch
    processor.save_pretrained(tmp_path)
    served = VisionModel(
        replace(
            settings_of(folder),
            adapter_path=None,
            do_pad=False,
            threads=1,
            answer=NAMING,
            prompt=load_prompt(QUESTION),
        )
    )
    served._processor.chat_template = processor.chat_template
    pictures = [one.path for one in read_dataset(data).splits["train"]]
    decoded = served.read([path.read_bytes() for path in pictures])
    asked = [served._build([(picture, _nothing())])["input_ids"][0].tolist() for picture in decoded]
    taught = []
    for ids, mask, labels in zip(
        *(inputs[key].tolist() for key in ("input_ids", "attention_mask", "labels")), strict=True
    ):
        taught.append(
            [
                one
                for one, there, label in zip(ids, mask, labels, strict=True)
                if there and label == -100
            ]
        )
        learnt = [label for label in labels if label != -100]
        assert served._tags is not None
        assert tuple(learnt[: len(served._tags._before)]) == served._tags._before
    assert sorted(taught) == sorted(asked)


def _nothing() -> Any:
    from movietag.captioning import NOTHING_KNOWN

    return NOTHING_KNOWN


@pytest.mark.parametrize("sizes", [SIZES, SIZES[:1]], ids=["three-sizes", "one-size"])
@pytest.mark.slow
def test_a_merged_model_answers_like_its_adapter(
    folder: Path, family: str, tmp_path: Path, sizes: tuple[tuple[int, int], ...]
) -> None:
    assert ROWS[family].merge == PASSES
    data = write_dataset(tmp_path / "data", sizes)
    done = finetune(data, tmp_path / "run", SETTINGS, base=folder)
    assert done.training.outcome.steps == 2
    merged = merge(tmp_path / "run", tmp_path / "model")
    assert merged.agreement.same_captions == merged.agreement.frames == 4
    assert merged.agreement.difference < 1e-4
    # By the parameters of config.pbtxt alone: what it was taught with is applied.
    adapted, whole, plain = (
        VisionModel(read_settings("llava", config(**UNSET, **paths)))
        for paths in (
            {"model_path": str(folder), "adapter_path": str(tmp_path / "run" / "adapter")},
            {"model_path": str(tmp_path / "model")},
            {"model_path": str(folder)},
        )
    )
    assert adapted.settings.do_pad is whole.settings.do_pad is False
    assert adapted.settings.max_new_tokens == done.training.outcome.longest_answer + 8
    frames = [path.read_bytes() for path in sorted((data / "train").glob("*.png"))]
    captions = whole.caption(whole.read(frames))[0]
    assert captions == adapted.caption(adapted.read(frames))[0]
    assert captions != plain.caption(plain.read(frames))[0]
    assert whole.prompt() == adapted.prompt()
