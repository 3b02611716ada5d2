"""The engine ``vllm`` with a stand-in for vLLM; `make engines` compares it with the real one."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support import stand_in_vllm as widths
from support.serving_config import config, settings_of
from support.stand_in_vllm import CAPTION, lay_out_vllm

from movietag.captioning import CaptionFailed
from movietag.captioning.engines import ModelAnswer, make_engine
from movietag.captioning.engines.vllm import VllmEngine
from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.prompting import Prompt
from movietag.captioning.serving_settings import ServingSettings, read_settings
from movietag.captioning.vision_model import VisionModel
from movietag.errors import PermanentError, UsageError
from movietag.records import Context

MODEL = Path(__file__).parents[3] / "movietag" / "demo" / "model"
pytestmark = pytest.mark.heavy


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in as the package ``vllm``."""
    monkeypatch.syspath_prepend(str(lay_out_vllm(tmp_path / "stand-in")))
    yield importlib.import_module("vllm")
    for name in ("vllm", "vllm.sampling_params"):
        sys.modules.pop(name, None)


def settings(**options: object) -> ServingSettings:
    return replace(settings_of(MODEL), engine="vllm", engine_options=options)


@pytest.fixture
def engine(vllm: Any) -> Iterator[VllmEngine]:
    made = VllmEngine(settings())
    yield made
    made.close()


def picture(width: int) -> Image.Image:
    return Image.new("RGB", (width, width))


def test_an_answer_and_why_it_ended(engine: VllmEngine) -> None:
    answers, milliseconds = engine.answer(
        [picture(64), picture(widths.CUT), picture(widths.EMPTY)], [Context()] * 3
    )
    assert answers[0] == ModelAnswer(CAPTION, finish="stop")
    assert isinstance(answers[1], ModelAnswer)
    assert answers[1].finish == "length"
    assert CAPTION.startswith(answers[1].caption)
    assert 0 < len(answers[1].caption) < len(CAPTION)
    assert answers[2] == ModelAnswer("", finish="stop")
    assert milliseconds > 0


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (widths.OUT_OF_MEMORY, "CUDA out of memory. Tried to allocate 2 GiB."),
        (widths.NO_OUTPUTS, "without a word"),
        (widths.NOTHING, "without a word"),
        (widths.ABORTED, "before its end (abort)"),
    ],
)
def test_a_frame_that_fails_fails_alone(engine: VllmEngine, width: int, said: str) -> None:
    answers, _ = engine.answer([picture(64), picture(width), picture(65)])
    assert answers[0] == answers[2] == ModelAnswer(CAPTION, finish="stop")
    assert isinstance(answers[1], CaptionFailed)
    assert said in str(answers[1])
    assert "\n" not in str(answers[1])
    assert not engine.dead


def test_an_engine_whose_process_died_says_so(engine: VllmEngine) -> None:
    answers, _ = engine.answer([picture(widths.DEAD)])
    assert isinstance(answers[0], CaptionFailed)
    assert engine.dead


@pytest.fixture
def listing(tmp_path: Path) -> Prompt:
    """A prompt with lists of tags in the taught words as answers."""
    file = tmp_path / "listed.toml"
    form = "A scene from a movie containing tag data '{tag}', '{tag}'"
    file.write_text(f'text = "Which?"\nanswer = "tags"\nlist = "{form}"\n')
    return load_prompt(str(file))


def test_answers_are_lists_of_tags_where_the_prompt_says_so(vllm: Any, listing: Prompt) -> None:
    given = replace(settings(), prompt=listing)
    made = VllmEngine(given)
    answers, _ = made.answer([picture(64), picture(widths.CUT), picture(widths.OUT_OF_MEMORY)])
    said = "A scene from a movie containing tag data 'horror', 'gothic'"
    assert answers[0] == ModelAnswer(said, finish="stop")  # each tag once
    assert answers[1] == ModelAnswer(f"{said}, '", finish="length")
    assert isinstance(answers[2], CaptionFailed)
    [(_, sampling, _), *_] = vllm.ENGINES[-1].asked
    assert sampling.structured_outputs.regex == listing.lists.regex(given.vocabulary.tags)
    made.warm_up()
    made.close()


def test_a_vllm_that_cannot_keep_to_lists_is_not_served(vllm: Any, listing: Prompt) -> None:
    given = replace(settings(structured_outputs_config={"backend": "none"}), prompt=listing)
    made = VllmEngine(given)
    with pytest.raises(UsageError, match="cannot caption: vLLM failed: No such backend of"):
        made.warm_up()
    made.close()


def test_a_frame_waits_for_no_other(engine: VllmEngine) -> None:
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(engine.answer, [picture(widths.WAITS)])
        released = pool.submit(engine.answer, [picture(widths.RELEASES)])
        assert released.result()[0] == waiting.result()[0] == [ModelAnswer(CAPTION, finish="stop")]


def test_it_asks_as_transformers_does(engine: VllmEngine, vllm: Any) -> None:
    other = VisionModel(replace(settings(), engine="transformers"))
    known = Context(title="Alien", year=1979)
    assert engine.prompt(known) == other.prompt(known)
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 36), (200, 30, 30)).save(jpeg, "JPEG")
    data = [jpeg.getvalue(), b"no picture"]
    [one, refused], [same, _] = engine.decode(data), other.decode(data)
    assert isinstance(one, Image.Image)
    assert isinstance(same, Image.Image)
    assert isinstance(refused, PermanentError)
    assert (one.size, one.tobytes()) == (same.size, same.tobytes())
    engine.answer([one], [known])
    prompt, sampling, tokenized = vllm.ENGINES[-1].asked[-1]
    assert prompt == {"prompt": engine.prompt(known), "multi_modal_data": {"image": one}}
    # The demo model's template begins with the begin token.
    assert tokenized == {"add_special_tokens": False}
    assert (sampling.temperature, sampling.max_tokens) == (0.0, 20)
    assert sampling.stop_token_ids == [other._model.generation_config.eos_token_id]


def test_what_vllm_is_started_with(vllm: Any) -> None:
    made = VllmEngine(settings(max_num_seqs=8, enforce_eager=True))
    given = vllm.ENGINES[-1].arguments
    made.close()
    assert vllm.ENGINES[-1].stopped
    assert given.model == str(MODEL)
    assert (given.max_num_seqs, given.enforce_eager, made.parallel) == (8, True, 8)
    assert given.limit_mm_per_prompt["image"] == 1
    assert given.dtype == "float32"
    assert 0 < given.max_model_len <= 4096  # as many as the demo model takes
    assert not given.trust_remote_code


def test_the_tagger_names_the_engine_and_what_may_change_an_answer(vllm: Any) -> None:
    def tagger(**options: object) -> str:
        made = VllmEngine(settings(**options))
        made.close()
        return made.tagger

    plain = tagger()
    assert plain.startswith("llava.vllm@")
    assert plain == tagger(max_num_seqs=8, enforce_eager=True, max_model_len=64)
    assert len({plain, tagger(dtype="bfloat16"), tagger(quantization="fp8")}) == 3
    assert VisionModel(replace(settings(), engine="transformers")).tagger.startswith("llava@")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"answer": "A scene with {tag}"},
            r"scores tags .mode tags., which the engine vllm cannot",
        ),
        (
            {"prompt": load_prompt("tags"), "max_new_tokens": 1},
            "max_new_tokens: 1 are too few for a list of tags",
        ),
        ({"adapter_path": MODEL}, r"Merge .* first"),
        ({"engine_options": {"model": "other"}}, "engine_options: model cannot be set"),
        ({"engine_options": {"paged": 1}}, r"engine_options: vLLM .* 'paged'"),
        ({"engine_options": {"quantization": "unheard-of"}}, r"cannot serve .* method: unheard-of"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    vllm: Any, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        VllmEngine(replace(settings(), **change))
    assert "\n" not in str(raised.value)


def test_weights_with_shortened_names_are_refused(vllm: Any, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    model = tmp_path / "model"
    model.mkdir()
    kind = '{"model_type": "llava", "vision_config": {"model_type": "clip_vision_model"}}'
    (model / "config.json").write_text(kind)
    save_file({"vision_tower.post_layernorm.bias": torch.zeros(2)}, model / "model.safetensors")
    with pytest.raises(UsageError, match=r"shortened names .* Merge again"):
        VllmEngine(replace(settings(), model_path=model))


def test_without_vllm_one_line_says_what_is_needed() -> None:
    given = config(model_path=str(MODEL), engine="vllm", engine_options='{"enforce_eager": true}')
    read = read_settings("llava", given)
    assert read.engine_options == {"enforce_eager": True}
    with pytest.raises(UsageError, match=r"needs vLLM .*--target triton-vllm") as raised:
        make_engine(read)
    assert "\n" not in str(raised.value)
