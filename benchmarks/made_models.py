"""LLaVA-1.5 with random weights, in any size: nothing is downloaded, and answers mean nothing.

Two engines must give the same ones, and a model of the published shape takes the same time as the published one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.published_names import name_as_published
from movietag.captioning.serving_settings import ServingSettings
from movietag.vocabulary import load

TEMPLATE: Final = (
    "{{ bos_token }}{% for message in messages %}{{ message['role'].upper() }}: "
    "{% for one in message['content'] %}{% if one['type'] == 'image' %}<image>\n"
    "{% else %}{{ one['text'] }} {% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
WORDS: Final = (
    "USER: Describe this scene of a movie. ASSISTANT: A scene from a movie containing tag data"
    " 'horror', 'gothic', 'murder', 'violence', 'romantic', 'action', 'mystery', 'comedy', 'western'"
)
SPECIAL: Final = ("<unk>", "<s>", "</s>", "<pad>", "<image>")
KINDS: Final = ("unk_token", "bos_token", "eos_token", "pad_token")


@dataclass(frozen=True, slots=True)
class LlavaShape:
    """The sizes that decide how long a model computes; a head of the language model has width / heads numbers."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int  # of the vocabulary
    vision_width: int
    vision_layers: int
    vision_heads: int
    vision_inner: int
    side: int  # of a picture, in pixels
    patch: int
    spread: float  # standard deviation of weights


TINY: Final = LlavaShape(128, 3, 4, 256, 512, 48, 3, 4, 96, 56, 14, 0.12)
"""Heads of 32: vLLM computes no smaller ones on a CPU. Answers depend on the picture."""
LLAVA_7B: Final = LlavaShape(4096, 32, 32, 11008, 32064, 1024, 24, 16, 4096, 336, 14, 0.02)
"""The published llava-hf/llava-1.5-7b-hf."""


def make_llava(
    shape: LlavaShape, folder: Path, *, device: str = "cpu", dtype: str = "float32"
) -> None:
    """Save a model and its processor, with weights under their published names.

    Args:
        shape: its sizes.
        folder: made where it does not exist.
        device: on which random numbers are drawn: `cuda` for a large model.
        dtype: of the weights.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    tokenizer = _tokenizer()
    config = _config(shape, tokenizer)
    torch.manual_seed(0)
    torch.set_default_dtype(getattr(torch, dtype))
    with torch.device(device):
        model = transformers.LlavaForConditionalGeneration(config)
    torch.set_default_dtype(torch.float32)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim >= 2:
                weights.normal_(std=shape.spread)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    _processor(shape, tokenizer).save_pretrained(folder)
    name_as_published(folder)


def plain_settings(model: Path, tokens: int, most: int) -> ServingSettings:
    """Serve a model with captions of so many tokens, in batches of at most so many, by the engine `transformers`.

    Pictures are not padded: an endpoint does not know the model's own colour for it.
    """
    return ServingSettings(
        name="llava",
        model_path=model,
        adapter_path=None,
        prompt=load_prompt("describe"),
        vocabulary=load("mpst"),
        max_new_tokens=tokens,
        do_pad=False,
        static_cache=False,
        image_options={},
        threads=1,
        max_batch=most,
    )


def _tokenizer() -> Any:
    transformers: Any = import_module("transformers")
    tokenizers: Any = import_module("tokenizers")
    # Of whole characters: half a one at the end of an answer is shown by some and left out by others.
    made = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))  # noqa: S106
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIAL),
        show_progress=False,
    )
    made.train_from_iterator([WORDS] * 3, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        **dict(zip(KINDS, SPECIAL, strict=False)),
        additional_special_tokens=["<image>"],
        padding_side="left",
    )


def _config(shape: LlavaShape, tokenizer: Any) -> Any:
    transformers: Any = import_module("transformers")
    return transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(
            hidden_size=shape.vision_width,
            intermediate_size=shape.vision_inner,
            num_attention_heads=shape.vision_heads,
            num_hidden_layers=shape.vision_layers,
            image_size=shape.side,
            patch_size=shape.patch,
            projection_dim=shape.vision_width,
        ),
        text_config=transformers.LlamaConfig(
            vocab_size=shape.words,
            hidden_size=shape.width,
            intermediate_size=shape.inner,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=4096,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )


def _processor(shape: LlavaShape, tokenizer: Any) -> Any:
    transformers: Any = import_module("transformers")
    side = {"height": shape.side, "width": shape.side}
    return transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(
            size={"shortest_edge": shape.side}, crop_size=side
        ),
        tokenizer=tokenizer,
        patch_size=shape.patch,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )
