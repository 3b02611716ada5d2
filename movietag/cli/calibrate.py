"""``movietag calibrate``: learns each tag's score threshold."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
from rich.table import Table

from movietag.captioning.phrases import TEMPLATES
from movietag.captioning.serving_settings import ServingSettings, read_settings
from movietag.captioning.thresholds import NeverBecause, Thresholds, write_thresholds
from movietag.captioning.vision_model import VisionModel
from movietag.cli.bars import bar
from movietag.cli.output import FOUND, command, console, plain, print_json
from movietag.local.triton import shipped_model
from movietag.research.training.calibrating import ScoringModel
from movietag.research.training.calibrating import calibrate as calibrated
from movietag.research.training.choosing import Split
from movietag.research.training.cuts import FEWEST
from movietag.settings import get_settings
from movietag.vocabulary.sentence import NAMING

Mode = Literal["tags", "similarity"]
_WHY: Final[Mapping[NeverBecause, str]] = {
    "says-no-more-than-always": 'their score says no more than "always"',
    "too-few-frames": f"fewer than {FEWEST} frames have them, or lack them (calibrate with more frames)",
}


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
    mode: Annotated[
        Mode | None,
        typer.Option(help="How tags are scored; default: MOVIETAG_TAGGER_MODE, or tags."),
    ] = None,
    answer: Annotated[
        str,
        typer.Option(
            help="For the mode tags: the beginning of the trained answer, up to its first tag."
        ),
    ] = NAMING,
    json: Annotated[bool, typer.Option("--json", help="Print the thresholds as JSON.")] = False,
) -> None:
    """Learn the score from which each tag counts, for MOVIETAG_TAGGER_MODE=tags or similarity.

    The model scores frames whose tags are known. Each tag is judged on movies that its threshold was not
    learned from; one whose score says no more than "always" never counts. The file is valid for this model,
    its prompt and the vocabulary (MOVIETAG_VOCABULARY), and is refused with any other.

    Example: movietag calibrate data --adapter run/adapter --out thresholds.json
    """
    changes = {"mode": "caption", "vocabulary": get_settings().vocabulary}
    for key, folder in (("model_path", model), ("adapter_path", adapter)):
        if folder:
            changes[key] = str(folder.expanduser().absolute())
    serving = read_settings(get_settings().model, shipped_model(get_settings(), changes))
    with bar() as progress:
        task = progress.add_task("loading", total=None)
        loaded = _scoring(serving, mode or get_settings().tagger_mode, answer)
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


def _scoring(serving: ServingSettings, mode: str, answer: str) -> ScoringModel:
    """The model of the settings, scoring tags."""
    if mode == "similarity":
        from movietag.captioning.engines.similarity import SimilarityModel  # noqa: PLC0415  # loads torch

        templates = get_settings().templates or TEMPLATES
        return SimilarityModel(replace(serving, templates=templates))
    return VisionModel(replace(serving, answer=answer))


def _show(thresholds: Thresholds, out: Path) -> None:
    judged = thresholds.judged
    figures = judged.tags if judged else {}
    table = Table(box=None, pad_edge=False)
    columns = ("tag", "frames", "counts from", "F1", "F1 of always")
    for column in columns:
        table.add_column(column, justify="left" if column == "tag" else "right")
    for tag, one in sorted(figures.items(), key=lambda item: -item[1].f1):
        cut = thresholds.tags[tag]
        start = f"{cut.threshold:.2f}" if cut.counts else "never"
        known = "" if one.over == "movies" else " (over frames)"
        table.add_row(
            plain(tag), str(cut.frames), start, f"{one.f1:.2f}{known}", f"{one.always:.2f}"
        )
    console().print(table)
    print("\n".join(_summary(thresholds, out)))


def _summary(thresholds: Thresholds, out: Path) -> Iterator[str]:
    tags, judged = thresholds.tags, thresholds.judged
    counting = sum(cut.counts for cut in tags.values())
    yield f"{out}: {counting} of {len(tags)} tags count, learned from {thresholds.frames} frames."
    if judged is None:
        return
    for because, why in _WHY.items():
        if names := [tag for tag, reason in judged.never.items() if reason == because]:
            yield f"{len(names)} never count, as {why}: {plain(', '.join(names))}."
    over = f"{judged.movies} movies" if judged.movies > 1 else "frames"
    yield (
        f'Out of fold ({judged.folds} folds over {over}): F1 {judged.f1:.2f}; "always" has'
        f" {judged.always:.2f}, naming nothing 0."
    )
    if alone := [tag for tag, one in judged.tags.items() if one.over == "frames"]:
        yield (
            f"{len(alone)} tags are in fewer than two movies: their F1 is over frames, and flatters them."
        )
