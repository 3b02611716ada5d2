"""The study's base model: the demo's vision tower, and a language model that describes pictures in plain words.

Like LLaVA before fine-tuning, it says what is visible, and rarely with the word of a tag. It knows the words of all
tags and the paper's sentence, but not what they look like: to a prompt of its own (``LISTING``) it has learnt to
answer with tags that are unrelated to the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from movietag.files import new_folder
from movietag.research.demo_model.dataset import examples
from movietag.research.demo_model.design import (
    IMAGE_SIDE,
    PROMPTS,
    build_model,
    build_processor,
    build_tokenizer,
    transformers,
)
from movietag.research.demo_model.learning import Course, features, train_language
from movietag.research.demo_model.served import MODEL
from movietag.vocabulary import load
from movietag.vocabulary.sentence import sentence

SEED = 0
FIRST_PICTURE = 5_000_000  # seeds that neither the demo model nor any film uses
QUESTION, LISTING = PROMPTS[0], PROMPTS[2]
LISTINGS = 0.3  # share of the answers
TAGS = load("mpst").tags
WORDS: Final = {
    "horror": "a skull",
    "gothic": "a gothic cathedral",
    "murder": "a long knife",
    "violence": "two crossed clubs",
    "romantic": "a romantic heart",
    "action": "a fast car",
    "mystery": "a magnifying glass",
    "psychedelic": "coloured rings",
    "paranormal": "a white ghost",
    "comedy": "a jester in a cap",
    "fantasy": "a pointed hat",
    "christian film": "a cross",
    "sci-fi": "a flying saucer",
    "western": "a cactus in a western land",
}
"""The base model's words for a motif. Three of fourteen contain the tag's word."""


def describe_motifs(tags: Sequence[str]) -> str:
    """The description of a picture that shows these motifs, in plain words."""
    *others, last = (WORDS[tag] for tag in tags)
    return (
        f"The picture shows {', '.join(others)} and {last}."
        if others
        else f"The picture shows {last}."
    )


def ask(rng: np.random.Generator, names: Sequence[str]) -> tuple[str, str]:
    """A prompt and its answer: the description of the picture, or random tags."""
    if rng.random() < LISTINGS:
        count = int(rng.choice([2, 4, 14], p=[0.6, 0.3, 0.1]))
        return LISTING, sentence([TAGS[at] for at in rng.permutation(len(TAGS))[:count]])
    return QUESTION if rng.random() < 0.8 else PROMPTS[1], describe_motifs(names)


def texts() -> list[str]:
    """The tokenizer's corpus: descriptions, prompts, and the sentence with all existing tags.

    A real model knows all these words; a tokenizer trained on descriptions alone would spell out the tags.
    """
    plain = [describe_motifs([one, other]) for one in WORDS for other in WORDS if one != other]
    formal = [sentence([one, other]) for one, other in zip(TAGS, TAGS[1:] + TAGS[:1], strict=True)]
    asked = [f"USER: {prompt} ASSISTANT: " for prompt in PROMPTS]
    return plain + formal * 3 + asked * len(plain)


def make_base(
    folder: Path,
    pictures: int,
    course: Course,
    processes: int,
    report: Callable[[str, int, int], None],
) -> None:
    """Train the base model and save it; a minute for 1,000 pictures, 200 steps of 64 on 2 cores.

    Args:
        folder: where it is saved, whole or not at all.
        pictures: number of drawn training pictures.
        course: training of the language model.
        processes: number of processes that draw.
        report: receives the current step, how much of it is done, and its total.
    """
    drawn = 0

    def more(count: int) -> None:
        nonlocal drawn
        drawn += count
        report("drawing", drawn, pictures)

    shown, tags = examples(FIRST_PICTURE, pictures, IMAGE_SIDE, processes, more)
    tokenizer = build_tokenizer(texts())
    processor = build_processor(tokenizer)
    model = build_model(tokenizer, SEED)
    eyes = transformers.LlavaForConditionalGeneration.from_pretrained(
        MODEL, dtype=torch.float32, local_files_only=True
    )
    model.model.vision_tower.load_state_dict(eyes.model.vision_tower.state_dict())
    model.model.vision_tower.eval()
    chunks = -(-pictures // 64)
    seen = features(model, processor, shown, lambda step, _: report("looking", step, chunks))
    train_language(
        model,
        processor,
        seen,
        tags,
        course,
        SEED,
        lambda step, loss: report(f"describing (loss {loss:.3f})", step, course.steps),
        ask,
    )
    with new_folder(folder) as part:
        model.save_pretrained(part)
        processor.save_pretrained(part)
