"""What every family must do when it is served: batches, prompts, titles of strangers, tag scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.serving_config import settings_of

from movietag.captioning.model_inputs import ModelInputs
from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.vision_model import VisionModel
from movietag.records import Context
from movietag.vocabulary.sentence import NAMING
from tools.families import PASSES, ROWS

pytestmark = pytest.mark.heavy
ASKING = load_prompt(
    "A frame of {{ title }} ({{ genres | join(', ') }}), {{ video }}. Describe it."
)


@pytest.fixture(scope="module")
def model(folder: Path) -> VisionModel:
    return VisionModel(
        replace(
            settings_of(folder),
            do_pad=False,
            threads=1,
            max_new_tokens=10,
            answer=NAMING,
            prompt=ASKING,
        )
    )


def test_a_batch_says_what_each_picture_says_alone(
    model: VisionModel, family: str, pictures: list[Image.Image]
) -> None:
    assert ROWS[family].caption == PASSES
    assert ROWS[family].kind == model._model.config.model_type
    contexts = [Context(title="It " * number) for number in range(len(pictures))]
    together = model.caption(pictures, contexts)[0]
    alone = [
        model.caption([picture], [context])[0][0]
        for picture, context in zip(pictures, contexts, strict=True)
    ]
    assert together == alone
    assert len(set(alone)) > 1  # the picture matters


def test_scores_are_those_of_a_plain_pass(
    model: VisionModel, family: str, pictures: list[Image.Image]
) -> None:
    """Of the longest tags and some others, one picture after another, with the model's own positions."""
    assert ROWS[family].score == PASSES
    import torch

    assert model._tags is not None
    scores, _ = model.scores(pictures)
    lengths = [len(one) for one in model._tags.tokens]
    some = sorted({*np.argsort(lengths)[-2:].tolist(), 70})
    with torch.inference_mode():
        for number, picture in enumerate(pictures[1:3], 1):
            inputs = model._build([(picture, Context())])
            plain = [float(model._tags.score_alone(inputs, tag)[0]) for tag in some]
            np.testing.assert_allclose(np.log(scores[number, some]), np.log(plain), atol=1e-3)
    assert scores.std(0).max() > 0


def spellings(token: str) -> list[str]:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in token)
    return [token, token.upper(), wide, f"{token[:2]}\u200b{token[2:]}", token[0] + token]


def test_a_strangers_text_never_becomes_a_token(model: VisionModel) -> None:
    inputs, tokenizer = model._inputs, model._processor.tokenizer
    tokens = inputs.control_tokens()
    # Bytes of letters that the vocabulary lacks are text.
    real = sorted(token for token in tokens if not token.startswith(("<0x", "<unk>")))
    control = set(tokenizer.convert_tokens_to_ids(real))

    def controls(context: Context) -> int:
        question = ASKING.render(model.settings.vocabulary, context, tokens=tokens)
        ids = tokenizer(inputs.prompt(question), add_special_tokens=False).input_ids
        return sum(one in control for one in ids)

    usual = controls(Context())
    for token in real:
        for text in spellings(token):
            assert controls(Context(text, None, (text,), text)) == usual, text


def test_a_title_with_tokens_leaves_its_neighbours_alone(
    model: VisionModel, pictures: list[Image.Image]
) -> None:
    control = sorted(model._inputs.control_tokens())
    images = [one for one in control if "im" in one.lower() or "vision" in one.lower()]
    contexts = [Context(title="Heat"), Context(title="".join(images)), Context(video=images[0])]
    captions, _ = model.caption(pictures[:3], contexts)
    assert captions[0] == model.caption(pictures[:1], contexts[:1])[0][0]
    assert len(captions) == 3


def test_the_prompt_is_what_the_model_reads(
    model: VisionModel, folder: Path, pictures: list[Image.Image]
) -> None:
    """The recorded prompt, tokenized with its picture, is what was asked."""
    context = Context(title="Heat")
    asked = model._build([(pictures[0], context)])["input_ids"][0].tolist()
    prompt = model.prompt(context)
    read = model._processor(images=[[pictures[0]]], text=[prompt], add_special_tokens=False)
    begin = ModelInputs(model._processor)
    assert asked[-len(read["input_ids"][0]) :] == list(read["input_ids"][0])
    assert begin.prompt(ASKING.render(model.settings.vocabulary, context)) == prompt
