"""``movietag ablate``: the effect of each fine-tuning setting."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.bars import bar
from movietag.cli.output import FOUND, JsonOption, command, print_json
from movietag.files import write_whole
from movietag.research.training.loading import require_training


@command
def ablate(
    folder: Annotated[Path, typer.Argument(help="Folder for films, base model and runs.")],
    *,
    epochs: Annotated[float, typer.Option(help="Epochs of each training.")] = 15.0,
    films: Annotated[
        int, typer.Option(help="Number of drawn films to train on.", min=1, max=20)
    ] = 12,
    judge: Annotated[
        int, typer.Option(help="Number of drawn films to evaluate on.", min=1, max=60)
    ] = 6,
    base: Annotated[
        Path | None, typer.Option(help="Folder of a base model; default: train a small one.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
    json: JsonOption = False,
) -> None:
    """Vary sentence, rank, scale and frame size on drawn films; prints one table of all trainings.

    Uses a small model, trained for this purpose, that describes frames in plain words; downloads nothing.
    After an interruption, the same command resumes. Needs the extra `training`.

    Example: movietag ablate /tmp/ablation --markdown ablation.md
    """
    require_training()
    from movietag.research.demo_model.learning import Course  # noqa: PLC0415  # torch: seconds
    from movietag.research.study.ablation import ablation_table, run_trials, trials  # noqa: PLC0415
    from movietag.research.study.base import make_base  # noqa: PLC0415
    from movietag.research.study.films import WHOLE, draw_films  # noqa: PLC0415

    processes = min(os.cpu_count() or 1, 4)
    runs = trials(epochs)
    with bar() as progress:
        task = progress.add_task("", total=None)

        def report(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        seeds = [*WHOLE.train[:films], *WHOLE.judge[:judge]]
        drawn = 0

        def on_film() -> None:
            nonlocal drawn
            drawn += 1
            report("drawing films", drawn, len(seeds))

        frames = draw_films(seeds, folder / "frames", processes, on_film)
        model = base or folder / "base"
        if not model.is_dir():
            make_base(model, PICTURES, Course(STEPS), processes, report)
        parts = frames[:films], frames[films:]
        results = run_trials(folder, model, parts, runs, report)
    counts = [sum(len(film.tags) for film in part) for part in parts]
    about = (
        f"{len(runs)} trainings of {epochs:g} epochs on {films} drawn films ({counts[0]} frames, each"
        f" picture once), evaluated frame by frame on {judge} others ({counts[1]} frames). Learning rate and"
        " seed are the same in all. Losses over different sentences are not comparable."
    )
    text = ablation_table(results, about)
    if markdown:
        write_whole(markdown, text.encode())
    if json:
        print_json(results)
    else:
        print(text)
    sys.exit(FOUND)


PICTURES, STEPS = 3_000, 600  # of the base model
