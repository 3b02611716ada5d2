"""Real trainings of the demo model, a few steps each."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from movietag.captioning.model_inputs import ModelInputs
from movietag.captioning.vision_model import VisionModel
from movietag.cli import app
from movietag.errors import UsageError
from movietag.research.demo_model.served import caption_jpegs, serving_settings
from movietag.research.training import proving
from movietag.research.training.finetune import Finetuned, finetune
from movietag.research.training.loading import MODEL, freeze_all_but_decoder, load_base, targets_of
from movietag.research.training.merging import merge
from movietag.research.training.record import read_training
from movietag.research.training.runs import newest_whole
from movietag.research.training.settings import FinetuneSettings
from movietag.research.training.stored import read_dataset
from movietag.research.training.templates import CONVERSATION, add_ends

if TYPE_CHECKING:
    import torch

    from movietag.research.training.watching import Step

    Trained = tuple[Finetuned, list[Step]]

pytestmark = pytest.mark.heavy

SETTINGS = FinetuneSettings(epochs=6, rank=4, learning_rate=2e-3, batch=8, save_every=5)  # 12 steps

# LLaVA-1.5's template, in short: neither a begin nor an end token.
OPEN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n"
    "{% else %}{{ part['text'] + ' ' }}{% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    import torch  # seconds to load

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # how numbers are summed up depends on it
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(
    small_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Finetuned, list[Step]]:
    steps: list[Step] = []
    out = tmp_path_factory.mktemp("run") / "run"
    return finetune(small_data, out, SETTINGS, on_step=steps.append), steps


def test_it_learns_and_tells_every_step(trained: Trained) -> None:
    done, steps = trained
    assert [step.step for step in steps] == list(range(1, 13))
    assert {step.steps for step in steps} == {12}
    assert steps[-1].rate < steps[2].rate
    outcome = done.training.outcome
    assert (outcome.steps, outcome.frames, outcome.movies) == (12, 16, 2)
    assert outcome.validation_loss is not None
    assert (outcome.device, outcome.dtype) == ("cpu", "float32")
    assert outcome.largest_gradient == max(step.gradient for step in steps)
    assert outcome.loss == pytest.approx(sum(step.loss for step in steps[-2:]) / 2)
    assert read_training(done.folder) == done.training


def test_what_is_in_the_folder(trained: Trained) -> None:
    folder = trained[0].folder
    assert {path.name for path in folder.iterdir()} == {
        "adapter", "run.json", "training.json", "history.csv", "loss.svg", "loss.png"
    }  # fmt: skip
    history = (folder / "history.csv").read_text().splitlines()
    assert history[0] == "step,loss,gradient_norm,validation_loss"
    assert len(history) == 13
    assert history[2].count(",") == 3
    assert not history[2].endswith(",")
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert b"gradient norm" in (folder / "loss.svg").read_bytes()


def test_no_vision_module_is_adapted(trained: Trained) -> None:
    import torch
    from safetensors.torch import load_file

    names = load_file(trained[0].folder / "adapter" / "adapter_model.safetensors")
    modules = {name.partition(".lora_")[0] for name in names}
    assert len(modules) == 2 * 7 == trained[0].training.outcome.adapted_modules
    assert all("language_model" in name for name in modules)
    loaded = load_base(MODEL)
    assert targets_of(loaded) == (
        r"model\.language_model\..*\.(down_proj|gate_proj|k_proj|o_proj|q_proj|up_proj|v_proj)"
    )
    towers = [
        name
        for name, module in loaded.model.named_modules()
        if "vision_tower" in name and isinstance(module, torch.nn.Linear)
    ]
    assert towers  # there would have been some to hit


def test_with_vision_the_tower_is_adapted_and_merges_to_the_same() -> None:
    import peft
    import torch

    loaded = load_base(MODEL, merging=True)
    matched = re.compile(targets_of(loaded, vision=True))
    names = [name for name, _ in loaded.model.named_modules() if matched.fullmatch(name)]
    assert any("vision_tower" in name and name.endswith("convolution") for name in names)
    assert any("vision_tower" in name and name.endswith("query") for name in names)
    assert sum("multi_modal_projector" in name for name in names) == 2
    assert sum(name.startswith(f"{loaded.decoder}.") for name in names) == 14
    assert not any("lm_head" in name or "embed_tokens" in name for name in names)
    torch.manual_seed(0)
    config = peft.LoraConfig(r=2, target_modules=matched.pattern, init_lora_weights=False)
    picture = torch.rand(1, 3, 128, 128)
    plain = loaded.model.get_image_features(picture)
    adapted = peft.get_peft_model(loaded.model, config).eval()
    seen = adapted.get_image_features(picture)
    merged = adapted.merge_and_unload().get_image_features(picture)
    first, second, third = (
        one.pooler_output if hasattr(one, "pooler_output") else one for one in (plain, seen, merged)
    )
    first, second, third = (
        one[0] if isinstance(one, (list, tuple)) else one for one in (first, second, third)
    )
    assert not torch.allclose(first, second, atol=1e-3)
    assert torch.allclose(second, third, atol=1e-4)


def test_the_vision_tower_stays_as_it_is_served() -> None:
    loaded = load_base(MODEL)
    freeze_all_but_decoder(loaded)
    model = loaded.model.train()
    training = {name for name, module in model.named_modules() if module.training}
    assert "model.language_model.layers.0" in training
    assert not [name for name in training if "vision" in name or "projector" in name]


def test_recomputing_gives_the_same(trained: Trained, small_data: Path, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(SETTINGS, recompute=True, epochs=0.5)
    steps: list[Step] = []
    finetune(small_data, tmp_path / "run", settings, on_step=steps.append)
    assert steps[0].loss == pytest.approx(trained[1][0].loss, rel=1e-4)
    assert steps[0].gradient == pytest.approx(trained[1][0].gradient, rel=1e-4)


@pytest.mark.slow
def test_killed_and_called_again_it_gives_the_same_adapter(
    trained: Trained, small_data: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    out = tmp_path / "run"
    code = (
        "import os, signal, sys, torch\n"
        "from pathlib import Path\n"
        "from movietag.research.training.finetune import finetune\n"
        "from research.training.test_training_finetune import SETTINGS\n"
        "torch.set_num_threads(1)\n"
        "def killed(step):\n"
        "    if step.step == 8: os.kill(os.getpid(), signal.SIGKILL)\n"
        "finetune(Path(sys.argv[1]), Path(sys.argv[2]), SETTINGS, on_step=killed)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    argv = [sys.executable, "-c", code, str(small_data), str(out)]
    assert subprocess.run(argv, env=environment, check=False).returncode == -signal.SIGKILL
    assert not (out / "training.json").exists()
    with pytest.raises(UsageError, match="Is the training unfinished"):
        merge(out, tmp_path / "model")
    with pytest.raises(UsageError, match=r"other settings .rank 4 is now 8"):
        finetune(small_data, out, msgspec.structs.replace(SETTINGS, rank=8))
    # A kill while a checkpoint is written leaves one that is cut off: the one before it counts.
    assert newest_whole(out / "checkpoints") == out / "checkpoints" / "checkpoint-5"
    late = out / "checkpoints" / "checkpoint-9"
    shutil.copytree(out / "checkpoints" / "checkpoint-5", late)
    cut_off(late / "adapter_model.safetensors")
    steps: list[Step] = []
    again = finetune(small_data, out, SETTINGS, on_step=steps.append)
    assert again.training.outcome.resumed_at == 5
    assert [step.step for step in steps] == list(range(6, 13))
    once = load_file(trained[0].folder / "adapter" / "adapter_model.safetensors")
    twice = load_file(out / "adapter" / "adapter_model.safetensors")
    assert all(torch.equal(once[name], twice[name]) for name in once)
    assert again.training.outcome.loss == trained[0].training.outcome.loss


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def changed_base(folder: Path, **weights: torch.Tensor) -> Path:
    """A copy of the demo model, in which some weights are others."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(MODEL, folder)
    path = folder / "model.safetensors"
    save_file({**load_file(path), **weights}, path, {"format": "pt"})
    return folder


def test_it_stops_on_a_gradient_that_is_not_finite(small_data: Path, tmp_path: Path) -> None:
    import torch

    bias = "model.multi_modal_projector.linear_2.bias"
    broken = torch.full((128,), float("inf"), dtype=torch.float16)
    base = changed_base(tmp_path / "base", **{bias: broken})
    steps: list[Step] = []
    with pytest.raises(
        UsageError, match=r"Step 1: the gradient is not finite.*Lower the learning rate"
    ):
        finetune(small_data, tmp_path / "run", SETTINGS, base=base, on_step=steps.append)
    assert not steps
    assert not (tmp_path / "run" / "training.json").exists()


def test_folders_that_are_taken(trained: Trained, small_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds a finished training"):
        finetune(small_data, trained[0].folder, SETTINGS)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not a training"):
        finetune(small_data, tmp_path, SETTINGS)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda base: cut_off(base / "model.safetensors"),
            "model.safetensors is cut off or damaged",
        ),
        (lambda base: (base / "model.safetensors").unlink(), "has no weights"),
        (lambda base: (base / "config.json").write_text("{}"), "cannot be loaded"),
        (shutil.rmtree, "There is no base model"),
        (lambda base: (base / "chat_template.jinja").unlink(), "has no chat template"),
    ],
)
def test_bases_that_are_broken(small_data: Path, tmp_path: Path, spoil: Any, said: str) -> None:
    base = tmp_path / "base"
    shutil.copytree(MODEL, base)
    spoil(base)
    with pytest.raises(UsageError, match=said):
        finetune(small_data, tmp_path / "run", SETTINGS, base=base)


def test_answers_longer_than_the_model_can_take(small_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(small_data, data)
    path = data / "train" / "metadata.jsonl"
    path.write_text(path.read_text().replace("'gothic'", ", ".join(["'gothic'"] * 90)))
    with pytest.raises(UsageError, match="together more than the model's 256"):
        finetune(data, tmp_path / "run", SETTINGS)


@pytest.mark.slow
def test_merged_answers_like_base_and_adapter(
    trained: Trained, small_data: Path, tmp_path: Path
) -> None:
    run, model = trained[0].folder, tmp_path / "model"
    merged = merge(run, model)
    assert merged.agreement.frames == 8
    assert merged.agreement.of == "data set"
    assert merged.agreement.same_captions == 8
    assert 0 < merged.agreement.difference < 1e-2
    assert merged.dtype == "float16"
    assert oct((model / "model.safetensors").stat().st_mode)[-3:] == "644"
    jpegs = [example.path.read_bytes() for example in read_dataset(small_data).splits["train"]]
    served = serving_settings(model)
    with_adapter = replace(serving_settings(MODEL), adapter_path=run / "adapter")
    one, other = VisionModel(served), VisionModel(with_adapter)
    assert caption_jpegs(one, jpegs) == caption_jpegs(other, jpegs)
    assert one.prompt() == other.prompt()
    assert len({one.tagger, other.tagger, VisionModel(serving_settings(MODEL)).tagger}) == 3
    with pytest.raises(UsageError, match="already exists"):
        merge(run, model)


@pytest.mark.slow
def test_a_proof_that_fails_keeps_the_merge(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out = trained[0].folder, tmp_path / "model"
    with monkeypatch.context() as strict:
        strict.setitem(proving.TOLERANCES, "float16", 0.0)
        with pytest.raises(UsageError, match=r"answers differently.*kept in .*model-unproven, unp"):
            merge(run, out)
    with monkeypatch.context() as broken:
        broken.setattr(ModelInputs, "followed_by", None)  # as for a family that is not known
        done = movietag("merge", run, out)
    assert done.exit_code == 2
    assert "could not be compared with base and adapter (TypeError" in done.stderr
    assert "model-unproven2" in done.stderr.replace("\n", "")
    assert "MOVIETAG_ADAPTER_PATH" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-unproven", "model-unproven2"]
    kept = tmp_path / "model-unproven2"
    assert "not been compared" in (kept / "about" / "unproven.txt").read_text()
    whole = VisionModel(serving_settings(kept))
    assert whole.caption([Image.new("RGB", (64, 36))])[0][0]


@pytest.mark.slow
def test_what_cannot_be_merged(trained: Trained, small_data: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    run, out = tmp_path / "run", tmp_path / "model"
    shutil.copytree(trained[0].folder, run)
    norm = "model.language_model.norm.weight"
    other = changed_base(tmp_path / "other", **{norm: torch.ones(128, dtype=torch.float16)})
    with pytest.raises(UsageError, match=r"was trained on a base model of digest .* another model"):
        merge(run, out, base=other)
    with pytest.raises(UsageError, match=r"adapter_path: .* was trained on a model of digest"):
        VisionModel(replace(serving_settings(other), adapter_path=run / "adapter"))
    with pytest.raises(UsageError, match=r"is no longer at .*nowhere"):
        merge(run, out, base=tmp_path / "nowhere")
    weights = run / "adapter" / "adapter_model.safetensors"
    whole = weights.read_bytes()
    cut_off(weights)
    with pytest.raises(UsageError, match=r"adapter_model.safetensors is cut off or damaged"):
        merge(run, out)
    weights.write_bytes(whole)
    numbers = load_file(weights)
    save_file({name: one * float("nan") for name, one in numbers.items()}, weights)
    with pytest.raises(UsageError, match="adapter has weights that are not finite"):
        merge(run, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "run"]


@pytest.mark.slow
def test_a_template_without_ends_gets_them_in_training_and_serving(
    small_data: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(MODEL, base)
    (base / "chat_template.jinja").write_text(OPEN_TEMPLATE)
    short = msgspec.structs.replace(SETTINGS, epochs=0.5)
    done = finetune(small_data, tmp_path / "run", short, base=base)
    assert done.training.outcome.template_mended
    merge(done.folder, tmp_path / "model")
    asked = "<s>USER: <image>\nDescribe this scene of a movie. ASSISTANT:"
    assert VisionModel(serving_settings(tmp_path / "model")).prompt() == asked
    adapter = done.folder / "adapter"
    assert VisionModel(replace(serving_settings(base), adapter_path=adapter)).prompt() == asked
    processor = load_base(tmp_path / "model").processor
    assert not add_ends(processor)
    assert processor.apply_chat_template(list(CONVERSATION)) == (
        "<s>USER: <image>\nQuestion ASSISTANT: Answer</s>"
    )


@pytest.mark.slow
def test_commands(small_data: Path, tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model"
    asked = ("--epochs", "0.5", "--rank", "2", "--learning-rate", "2e-3", "--frame-size", "160x90")
    done = movietag("finetune", small_data, "--out", run, *asked, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["training"]
    assert told["run"]["settings"]["frame_size"] == [160, 90]
    done = movietag("merge", run, model)
    assert done.exit_code == 0, done.output
    assert "8 captions are the same" in done.output
    done = movietag("finetune", small_data, "--out", tmp_path / "x", "--frame-size", "big")
    assert (done.exit_code, done.stderr) == (
        2, "movietag: --frame-size is 'big'; write it like 360x180.\n"
    )  # fmt: skip


def movietag(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])
