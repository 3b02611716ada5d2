"""``make study``: runs the study, and writes its tables and figures."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import msgspec
import torch
from rich.console import Console
from rich.progress import Progress, TaskID

from movietag.errors import UsageError
from movietag.research.demo_model.learning import Course
from movietag.research.study.films import SHORT, WHOLE
from movietag.research.study.report import pictures, results, splice
from movietag.research.study.running import StudySize, run_study
from movietag.research.study.variants import finetuning

SIZES = {
    "whole": StudySize(
        WHOLE, pictures=3_000, course=Course(700), finetuning=finetuning(15), resamples=1_000
    ),
    # Few frames: small batches and larger steps learn as much in half the time.
    "short": StudySize(
        SHORT,
        pictures=100,
        course=Course(120, batch=16),
        finetuning=finetuning(15, batch=4, learning_rate=8e-3),
        resamples=200,
        variants="ar",
    ),
}


def main() -> int:
    """Run it; returns 2 if something is missing."""
    parser = argparse.ArgumentParser(
        description="The paper's study on drawn movies. Example: python -m movietag.research.study --folder /tmp/study"
    )
    parser.add_argument("--folder", type=Path, required=True, help="for films, models, results")
    parser.add_argument("--size", choices=SIZES, default="whole")
    parser.add_argument("--page", type=Path, help="page to insert the results into")
    parser.add_argument("--figures", type=Path, help="folder for the figures")
    parser.add_argument(
        "--seeds", type=int, default=1, help="train with so many seeds, and report the spread"
    )
    parser.add_argument(
        "--epochs", type=float, nargs="*", default=(), help="numbers of epochs to train as well"
    )
    options = parser.parse_args()
    size = replace(
        SIZES[options.size],
        seeds=tuple(range(max(options.seeds, 1))),
        other_epochs=tuple(options.epochs),
    )
    threads = min(os.cpu_count() or 1, 4)
    torch.set_num_threads(threads)
    try:
        with Progress(console=Console(stderr=True)) as progress:
            tasks: dict[str, TaskID] = {}

            def report(what: str, done: int, total: int) -> None:
                key = what.partition(" (")[0]
                if key not in tasks:
                    tasks[key] = progress.add_task(key)
                progress.update(tasks[key], description=what, completed=done, total=total)

            study = run_study(options.folder, size, threads, report)
        written = results(study)
        (options.folder / "study.json").write_bytes(msgspec.json.encode(study))
        if options.page:
            splice(options.page, written)
        if options.figures:
            options.figures.mkdir(parents=True, exist_ok=True)
            for name, content in pictures(study).items():
                (options.figures / name).write_bytes(content)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(written + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
