"""Free captions beside lists of tags on the demo model: F1, tokens and time, on frames of movies that it never saw.

    python -m benchmarks.constrained --frames 234

Each row is one way of answering, with the same question: any text; a list of tags in the words that the model was taught;
a plain list, which it was not taught. Batches of 32, on this machine's CPU; the best of three
passes counts as time, which is of the processor: preparing the pictures, and the model.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from transformers import AutoTokenizer

from movietag.captioning.list_form import PLAIN, ListForm
from movietag.captioning.vision_model import VisionModel
from movietag.drawn.heldout import held_out_film, sampled_frames
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.demo_model.scoring import micro_f1
from movietag.research.demo_model.served import HELD_OUT_FILMS, MODEL, serving_settings
from movietag.vocabulary.sentence import sentence

BATCH = 32
PASSES = 3
Frames = list[tuple[bytes, frozenset[str]]]


def draw(count: int) -> Frames:
    """At most so many JPEGs of held-out movies, with their true tags."""
    frames: Frames = []
    for seed in HELD_OUT_FILMS:
        if len(frames) >= count:
            break
        with tempfile.TemporaryDirectory() as folder:
            frames += sampled_frames(held_out_film(seed), Path(folder))
    return frames[:count]


def caption_all(model: VisionModel, pictures: Sequence[Image.Image]) -> tuple[list[str], float]:
    """Captions, and seconds of processor time, which other jobs on the machine change little."""
    captions: list[str] = []
    start = time.process_time()
    for at in range(0, len(pictures), BATCH):
        captions += model.caption(pictures[at : at + BATCH])[0]
    return captions, time.process_time() - start


def measure(name: str, lists: ListForm | None, frames: Frames) -> str:
    """A row of the table."""
    settings = serving_settings(MODEL)
    model = VisionModel(replace(settings, prompt=replace(settings.prompt, lists=lists)))
    pictures = model.read([jpeg for jpeg, _ in frames])
    caption_all(model, pictures[:BATCH])
    passes = [caption_all(model, pictures) for _ in range(PASSES)]
    captions = passes[0][0]
    found = [settings.vocabulary.match(caption) for caption in captions]
    truth = np.array([[tag in tags for tag in DRAWN_TAGS] for _, tags in frames])
    guess = np.array([[tag in tags for tag in DRAWN_TAGS] for tags in found])
    beyond = sum(len(set(tags) - set(DRAWN_TAGS)) for tags in found)
    tokenizer = AutoTokenizer.from_pretrained(MODEL, local_files_only=True)
    cut = [tokenizer(one, add_special_tokens=False) for one in captions]  # pyrefly: ignore[not-callable]
    tokens = [len(one.input_ids) + 1 for one in cut]
    seconds = min(took for _, took in passes) / len(frames)
    return (
        f"| {name} | {micro_f1(guess, truth):.3f} | {beyond} | {np.mean(tokens):.1f} | {max(tokens)}"
        f" | {1000 * seconds:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=234)
    frames = draw(parser.parse_args().frames)
    print(f"{len(frames)} frames\n")
    print("| answer | F1 | tags beyond the fourteen | tokens, mean | most | CPU ms a frame |")
    print("|---|---|---|---|---|---|")
    taught = ListForm.read(sentence(["{tag}", "{tag}"]), none=sentence([]))
    print(measure("any text", None, frames))
    print(measure("list in the taught words", taught, frames))
    print(measure("plain list", ListForm.read(PLAIN), frames))


if __name__ == "__main__":
    main()
