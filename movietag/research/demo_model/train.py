"""Train the demo model from its seeds: ``make demo-model``, or ``python -m movietag.research.demo_model.train``.

It draws pictures, trains the LLaVA, saves it, and then scores the saved files on held-out movies: drawn with
other seeds, encoded as H.264, sampled and captioned by the pipeline's code.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from movietag.captioning.vision_model import VisionModel
from movietag.drawn.heldout import held_out_film, sampled_frames
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.files import make_readable
from movietag.research.demo_model.dataset import examples
from movietag.research.demo_model.design import (
    IMAGE_SIDE,
    build_model,
    build_processor,
    build_tokenizer,
    training_texts,
    transformers,
)
from movietag.research.demo_model.learning import Course, features, train_language, train_tower
from movietag.research.demo_model.scoring import Tags, f1_by_tag, micro_f1, thumbnail_probe
from movietag.research.demo_model.served import (
    HELD_OUT_FILMS,
    MODEL,
    caption_jpegs,
    serving_settings,
)
from movietag.vocabulary import load

SEED = 0
TRAIN_SEED, TRAIN_PICTURES = 1_000_000, 12_000
TEST_SEED, TEST_PICTURES = 9_000_000, 600
TOWER_STEPS, LANGUAGE_STEPS = 500, 1_500


@dataclass(frozen=True, slots=True)
class Figures:
    """The results of a training; F1 are micro, per frame."""

    probe_f1: float | None  # None: not computed, the model was only scored
    frames: int
    f1: float
    by_tag: dict[str, float]
    seconds: float

    def lines(self) -> list[str]:
        """The results as lines of text."""
        probe = f"{self.probe_f1:.4f}" if self.probe_f1 is not None else "not computed"
        return [
            f"micro F1 per frame, {self.frames} frames of {len(HELD_OUT_FILMS)} movies it never saw:"
            f" {self.f1:.4f}",
            f"micro F1 of a linear probe on 8x8 thumbnails: {probe}",
            "F1 by tag: " + ", ".join(f"{tag} {f1:.3f}" for tag, f1 in self.by_tag.items()),
            f"made in {self.seconds:.0f} s",
        ]


def train_demo_model(folder: Path, progress: Progress, processes: int) -> float:
    """Draw, train, save to ``folder``; return the F1 of the thumbnail probe."""
    task = progress.add_task("drawing", total=TRAIN_PICTURES + TEST_PICTURES)

    def drawn(count: int) -> None:
        progress.advance(task, count)

    pictures, tags = examples(TRAIN_SEED, TRAIN_PICTURES, IMAGE_SIDE, processes, drawn)
    test, test_tags = examples(TEST_SEED, TEST_PICTURES, IMAGE_SIDE, processes, drawn)
    probe = thumbnail_probe(pictures, tags, test, test_tags)

    tokenizer = build_tokenizer(training_texts(DRAWN_TAGS))
    processor = build_processor(tokenizer)
    model = build_model(tokenizer, SEED)

    def stage(name: str, total: int) -> StageBar:
        return StageBar(progress, name, total)

    tower = stage("vision tower", TOWER_STEPS)
    train_tower(model, processor, pictures, tags, TOWER_STEPS, SEED, tower)
    seen = features(model, processor, pictures, stage("features", -(-TRAIN_PICTURES // 64)))
    language = stage("language model", LANGUAGE_STEPS)
    train_language(model, processor, seen, tags, Course(LANGUAGE_STEPS), SEED, language)
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    make_readable(folder)
    return probe


class StageBar:
    """A bar for one stage of training; called with each finished step and its loss."""

    def __init__(self, progress: Progress, name: str, total: int) -> None:
        self._progress, self._name = progress, name
        self._task = progress.add_task(name, total=total)

    def __call__(self, step: int, loss: float) -> None:
        """Move the bar."""
        shown = f"{self._name} (loss {loss:.3f})" if loss else self._name
        self._progress.update(self._task, completed=step, description=shown)


def judge(folder: Path, progress: Progress) -> tuple[Tags, Tags]:
    """Recognized and true tags of the held-out movies' frames, through the serving code."""
    task = progress.add_task("held-out movies", total=len(HELD_OUT_FILMS))
    model = VisionModel(serving_settings(folder))
    vocabulary = load("mpst")
    predicted: list[list[bool]] = []
    truth: list[list[bool]] = []
    for seed in HELD_OUT_FILMS:
        with tempfile.TemporaryDirectory() as scratch:
            frames = list(sampled_frames(held_out_film(seed), Path(scratch)))
        captions = caption_jpegs(model, [jpeg for jpeg, _ in frames])
        for (_, tags), caption in zip(frames, captions, strict=True):
            said = vocabulary.match(caption)
            predicted.append([tag in said for tag in DRAWN_TAGS])
            truth.append([tag in tags for tag in DRAWN_TAGS])
        progress.advance(task)
    return np.array(predicted), np.array(truth)


def card(figures: Figures) -> str:
    """The README next to the weights: seeds and figures."""
    lines = [
        "# The demo model",
        "",
        "Reads drawn movies only; on a real film it knows nothing (docs/models.md).",
        "Made by `make demo-model`:",
        "",
        f"- pictures of the seeds {TRAIN_SEED} to {TRAIN_SEED + TRAIN_PICTURES - 1}, weights and order"
        f" of seed {SEED}, {TOWER_STEPS} steps of the tower, {LANGUAGE_STEPS} of the language model",
        f"- judged on films of the seeds {HELD_OUT_FILMS[0]} to {HELD_OUT_FILMS[-1]}",
        *(f"- {line}" for line in figures.lines()),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Train and score; returns 1 if the model stays below F1 0.95 or the probe reaches 0.6."""
    parser = argparse.ArgumentParser(description="Train the demo model.")
    parser.add_argument("--out", type=Path, default=MODEL, help="folder of the model")
    parser.add_argument("--judge-only", action="store_true", help="score the existing model")
    options = parser.parse_args()
    threads = min(os.cpu_count() or 1, 4)
    torch.set_num_threads(threads)
    transformers.utils.logging.disable_progress_bar()
    start = time.monotonic()
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        probe = None if options.judge_only else train_demo_model(options.out, progress, threads)
        predicted, truth = judge(options.out, progress)
    by_tag = dict(zip(DRAWN_TAGS, f1_by_tag(predicted, truth), strict=True))
    seconds = time.monotonic() - start
    figures = Figures(probe, len(predicted), micro_f1(predicted, truth), by_tag, seconds)
    sys.stdout.write("\n".join(figures.lines()) + "\n")
    if not options.judge_only:
        (options.out / "README.md").write_text(card(figures))
    return 0 if figures.f1 >= 0.95 and (figures.probe_f1 or 0.0) < 0.6 else 1


if __name__ == "__main__":
    sys.exit(main())
