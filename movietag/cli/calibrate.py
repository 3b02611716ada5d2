"""``movietag calibrate``: learns each tag's score threshold."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from movietag.captioning.serving_settings import read_settings
from movietag.captioning.thresholds import Thresholds, write_thresholds
from movietag.captioning.vision_model import VisionModel
from movietag.cli.bars import bar
from movietag.cli.output import FOUND, command, console, plain, print_json
from movietag.local.triton import shipped_model
from movietag.research.training.calibrating import calibrate as calibrated
from movietag.research.training.choosing import Split
from movietag.settings import get_settings
from movietag.vocabulary.sentence import NAMING


@command
def calibrate(
    data: Annotated[
        Path, typer.Argument(help="A data set with one sentence per shot (`--per shot`).")
    ],
    *,
    out: Annotated[Path, typer.Option(help="The file to write the thresholds to.")] = Path(
        "thresholds.json"
    ),
    split: Annotated[
        Split, typer.Option(help="The split to use; not one that the model was trained on.")
    ] = "validation",
    model: Annotated[
        Path | None, typer.Option(help="Folder of the model; default: MOVIETAG_MODEL_PATH.")
    ] = None,
    adapter: Annotated[
        Path | None, typer.Option(help="Folder of an adapter; default: MOVIETAG_ADAPTER_PATH.")
    ] = None,
    answer: Annotated[
        str, typer.Option(help="The beginning of the trained answer, up to its first tag.")
    ] = NAMING,
    json: Annotated[bool, typer.Option("--json", help="Print the thresholds as JSON.")] = False,
) -> None:
    """Learn the score from which each tag counts, for MOVIETAG_TAGGER_MODE=tags.

    The model scores frames whose tags are known. The file is valid for this model, its prompt and the
    vocabulary (MOVIETAG_VOCABULARY), and is refused with any other.

    Example: movietag calibrate data --adapter run/adapter --out thresholds.json
    """
    changes = {"mode": "caption", "vocabulary": get_settings().vocabulary}
    for key, folder in (("model_path", model), ("adapter_path", adapter)):
        if folder:
            changes[key] = str(folder.expanduser().absolute())
    serving = read_settings(get_settings().model, shipped_model(get_settings(), changes))
    with bar() as progress:
        task = progress.add_task("loading", total=None)
        loaded = VisionModel(replace(serving, answer=answer))
        progress.reset(task, description="scoring", total=None)
        thresholds = calibrated(
            loaded,
            data,
            split,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    write_thresholds(thresholds, out)
    if json:
        print_json(thresholds)
    else:
        _show(thresholds, out)
    sys.exit(FOUND)


def _show(thresholds: Thresholds, out: Path) -> None:
    table = Table(box=None, pad_edge=False)
    for column, justify in (("tag", "left"), ("frames", "right"), ("counts from", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    learned = {tag: cut for tag, cut in thresholds.tags.items() if cut.threshold <= 1}
    for tag, cut in learned.items():
        table.add_row(plain(tag), str(cut.frames), f"{cut.threshold:.2f}")
    console().print(table)
    print(
        f"{out}: {len(learned)} tags, learned from {thresholds.frames} frames. The other"
        f" {len(thresholds.tags) - len(learned)} occur in too few of them and never count."
    )
