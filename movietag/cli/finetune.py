"""``movietag finetune``: teach a tagger, and put what it learnt into its weights."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from movietag.cli.bars import bar
from movietag.cli.output import FOUND, command, print_json
from movietag.errors import UsageError
from movietag.research.training.finetune import finetune as train
from movietag.research.training.loading import MODEL
from movietag.research.training.merging import merge as merge_adapter
from movietag.research.training.merging import report
from movietag.research.training.settings import FinetuneSettings

if TYPE_CHECKING:
    from movietag.research.training.watching import Step

DEFAULT = FinetuneSettings()


@command
def finetune(
    data: Annotated[Path, typer.Argument(help="A data set of `movietag dataset build`.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the run; the same command goes on with it.")],
    base: Annotated[Path, typer.Option(help="Folder of the model that is taught.")] = MODEL,
    epochs: Annotated[float, typer.Option(help="Times that every frame is seen.")] = DEFAULT.epochs,
    rank: Annotated[int, typer.Option(help="Of the adapters, 2 to 256.")] = DEFAULT.rank,
    alpha: Annotated[
        float | None, typer.Option(help="Default: 2 x rank; with rsLoRA 16 or less.")
    ] = None,
    rslora: Annotated[
        bool | None, typer.Option(help="Scale by the root of the rank; default: from rank 128 on.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Default: 2e-4, from rank 128 on 1e-4; demo model: 2e-3.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Frames at once.")] = DEFAULT.batch,
    accumulate: Annotated[
        int, typer.Option(help="Batches whose gradients make one step.")
    ] = DEFAULT.accumulate,
    clip: Annotated[float, typer.Option(help="Largest norm of the gradient.")] = DEFAULT.clip,
    warmup: Annotated[float, typer.Option(help="Share of the steps to warm up.")] = DEFAULT.warmup,
    dropout: Annotated[float, typer.Option(help="In the adapters.")] = DEFAULT.dropout,
    seed: Annotated[int, typer.Option(help="Of first weights and order.")] = DEFAULT.seed,
    save_every: Annotated[
        int | None, typer.Option(help="Steps between checkpoints; default: an epoch.")
    ] = None,
    pad: Annotated[
        bool, typer.Option(help="Pad frames to squares, as the tagger is served (do_pad).")
    ] = DEFAULT.do_pad,
    frame_size: Annotated[str, typer.Option(help="Shrink frames to WIDTHxHEIGHT first.")] = "",
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Less GPU memory, a third more time.")
    ] = DEFAULT.recompute,
    merge: Annotated[
        Path | None, typer.Option(help="Then merge into a model in this new folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train LoRA adapters on the language model of a tagger; the vision tower stays as it is.

    The same command on CUDA (bfloat16) and on a CPU. Killed, it goes on where it was when it is
    given again. Needs the extra `training`.

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
    )
    if merge and merge.exists():
        raise UsageError(f"{merge} already exists. Name another folder to merge into.")
    with bar() as shown:
        task = shown.add_task("loading", total=None)

        def told(step: Step) -> None:
            said = f"loss {step.loss:.4f}, gradient {step.gradient:.3g}"
            shown.update(task, description=said, completed=step.step, total=step.steps)

        done = train(data, out, settings, base=base, on_step=told)
        merged = None
        if merge:
            shown.reset(task, description="merging", total=None)
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
    print(
        f"Its longest answer has {outcome.longest_answer} tokens: serve it with max_new_tokens no less."
    )
    print(report(merged) if merged else f"Next: movietag merge {out} MODEL")
    sys.exit(FOUND)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"frame-size is {text!r}; give it like 360x180.")
    return int(width), int(height)
