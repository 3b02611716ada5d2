"""``movietag finetune``: trains LoRA adapters for a tagger, and merges them."""

from __future__ import annotations

import sys
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from movietag.cli.bars import bar
from movietag.cli.output import FOUND, JsonOption, command, print_json
from movietag.errors import UsageError
from movietag.research.training.finetune import finetune as train
from movietag.research.training.loading import MODEL
from movietag.research.training.merging import merge as merge_adapter
from movietag.research.training.merging import merge_report
from movietag.research.training.settings import FinetuneSettings

if TYPE_CHECKING:
    from movietag.research.training.watching import Step

DEFAULT = FinetuneSettings()


@command
def finetune(
    data: Annotated[Path, typer.Argument(help="A data set of `movietag dataset build`.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the run; the same command resumes it.")],
    base: Annotated[Path, typer.Option(help="Folder of the base model.")] = MODEL,
    epochs: Annotated[float, typer.Option(help="Passes over all frames.")] = DEFAULT.epochs,
    rank: Annotated[int, typer.Option(help="Rank of the adapters, 2 to 256.")] = DEFAULT.rank,
    alpha: Annotated[
        float | None, typer.Option(help="LoRA alpha; default: 2 x rank, with rsLoRA at most 16.")
    ] = None,
    rslora: Annotated[
        bool | None,
        typer.Option(help="Scale by the square root of the rank; default: from rank 128."),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Default: 2e-4; from rank 128, 1e-4; demo model, 2e-3.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Frames per batch.")] = DEFAULT.batch,
    accumulate: Annotated[
        int, typer.Option(help="Batches per optimiser step.")
    ] = DEFAULT.accumulate,
    clip: Annotated[float, typer.Option(help="Maximum norm of the gradient.")] = DEFAULT.clip,
    warmup: Annotated[float, typer.Option(help="Share of the steps for warm-up.")] = DEFAULT.warmup,
    dropout: Annotated[float, typer.Option(help="Dropout in the adapters.")] = DEFAULT.dropout,
    seed: Annotated[
        int, typer.Option(help="Seed of the initial weights and the order.")
    ] = DEFAULT.seed,
    save_every: Annotated[
        int | None, typer.Option(help="Steps between checkpoints; default: one epoch.")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="Stop after so many epochs without a lower validation loss; the best one is kept."
        ),
    ] = None,
    pad: Annotated[
        bool, typer.Option(help="Pad frames to squares, as the tagger is served (do_pad).")
    ] = DEFAULT.do_pad,
    frame_size: Annotated[str, typer.Option(help="Shrink frames to WIDTHxHEIGHT first.")] = "",
    image_options: Annotated[
        str,
        typer.Option(help='Options of the model\'s image processor, JSON: {"max_pixels": 250000}'),
    ] = "",
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute", help="Recompute activations: less GPU memory, a third more time."
        ),
    ] = DEFAULT.recompute,
    vision: Annotated[
        bool, typer.Option("--vision", help="Adapt the vision tower and the projector, too.")
    ] = DEFAULT.vision,
    merge: Annotated[
        Path | None, typer.Option(help="Afterwards merge into a model in this new folder.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Train LoRA adapters on the language model of a tagger; with --vision on what it sees with, too.

    Runs on CUDA (bfloat16) or a CPU. After an interruption, the same command resumes. Needs the extra
    `training`.

    Example: movietag finetune data --out run --base /models/llava-1.5-7b --rank 64
    """
    settings = FinetuneSettings(
        epochs=epochs,
        rank=rank,
        rslora=rslora,
        alpha=alpha,
        learning_rate=learning_rate,
        batch=batch,
        accumulate=accumulate,
        clip=clip,
        warmup=warmup,
        dropout=dropout,
        seed=seed,
        save_every=save_every,
        do_pad=pad,
        frame_size=_size(frame_size) if frame_size else None,
        recompute=recompute,
        patience=patience,
        image_options=_options(image_options),
        vision=vision,
    )
    if merge and merge.exists():
        raise UsageError(f"{merge} already exists. Name another folder to merge into.")
    with bar() as progress:
        task = progress.add_task("loading", total=None)

        def on_step(step: Step) -> None:
            description = f"loss {step.loss:.4f}, gradient {step.gradient:.3g}"
            progress.update(task, description=description, completed=step.step, total=step.steps)

        done = train(data, out, settings, base=base, on_step=on_step)
        merged = None
        if merge:
            progress.reset(task, description="merging", total=None)
            merged = merge_adapter(out, merge)
    if json:
        print_json({"training": done.training, "merged": merged})
        sys.exit(FOUND)
    outcome = done.training.outcome
    print(
        f"{outcome.steps} steps on {outcome.frames} frames of {outcome.movies} movies in"
        f" {outcome.seconds:.0f} s ({outcome.dtype} on {outcome.device}): loss {outcome.loss:.4f} in the"
        f" last epoch, largest gradient {outcome.largest_gradient:.3g}. {out / 'loss.svg'} shows them."
    )
    if outcome.best_step:
        print(
            f"The adapter is that of step {outcome.best_step}, with the lowest validation loss:"
            f" {outcome.validation_loss:.4f}."
        )
    print(f"The longest answer has {outcome.longest_answer} tokens.")
    print(merge_report(merged) if merged else f"Next: movietag merge {out} MODEL")
    sys.exit(FOUND)


def _options(text: str) -> dict[str, object]:
    try:
        value = loads(text or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            f'--image-options is {text!r}; write it like {{"do_image_splitting": false}}.'
        )
    return value


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"--frame-size is {text!r}; write it like 360x180.")
    return int(width), int(height)
