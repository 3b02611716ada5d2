"""Qwen-VL (positions in three dimensions, any shape of picture) and Gemma 3 (sliding windows, types of tokens)."""

from __future__ import annotations

from typing import Any

import transformers as hf

from support.families.sizes import LANGUAGE, SQUARE, TOWER, turns
from support.families.words import byte_pairs

# Half of a head's 32 numbers turn with the other half: four by time, six by row, six by column.
ROTATION = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 6, 6]}
SEEN = "<|vision_start|><|image_pad|><|vision_end|>"
GEMMA = (
    "{{ bos_token }}{% for turn in messages %}"
    "<start_of_turn>{{ 'model' if turn['role'] == 'assistant' else turn['role'] }}\n"
    "{% for part in turn['content'] %}"
    "{% if part['type'] == 'image' %}<start_of_image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


# A picture's positions take turns among a head's numbers, as published.
TURNS = {**ROTATION, "mrope_section": [6, 5, 5], "mrope_interleaved": True}


def _qwen() -> tuple[Any, dict[str, int]]:
    special = [
        *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"),
        *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
    ]
    tokenizer = byte_pairs(special, end="<|im_end|>", pad="<|endoftext|>")
    named = {
        "image_token_id": "<|image_pad|>",
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    return tokenizer, {key: tokenizer.convert_tokens_to_ids(one) for key, one in named.items()}


def _eyes(patch: int, **more: Any) -> dict[str, Any]:
    return {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 4,
        "out_hidden_size": LANGUAGE["hidden_size"],
        "patch_size": patch,
        "spatial_merge_size": 2,
        **more,
    }


def qwen25vl() -> tuple[Any, Any]:
    tokenizer, tokens = _qwen()
    size = {key: value for key, value in LANGUAGE.items() if key != "head_dim"}
    config = hf.Qwen2_5_VLConfig(
        text_config={**size, "rope_parameters": ROTATION},
        vision_config=_eyes(14, fullatt_block_indexes=[1], window_size=56),
        **tokens,
    )
    processor = hf.Qwen2_5_VLProcessor(
        image_processor=hf.Qwen2VLImageProcessor(min_pixels=28 * 28 * 4, max_pixels=28 * 28 * 20),
        tokenizer=tokenizer,
        video_processor=hf.Qwen2VLVideoProcessor(),
        chat_template=turns(SEEN),
    )
    return hf.Qwen2_5_VLForConditionalGeneration(config), processor


def qwen3vl() -> tuple[Any, Any]:
    tokenizer, tokens = _qwen()
    config = hf.Qwen3VLConfig(
        text_config={**LANGUAGE, "rope_parameters": TURNS},
        vision_config=_eyes(16, deepstack_visual_indexes=[0], num_position_embeddings=64),
        **tokens,
    )
    processor = hf.Qwen3VLProcessor(
        image_processor=hf.Qwen2VLImageProcessor(
            patch_size=16, min_pixels=32 * 32 * 4, max_pixels=32 * 32 * 20
        ),
        tokenizer=tokenizer,
        video_processor=hf.Qwen3VLVideoProcessor(),
        chat_template=turns(SEEN),
    )
    return hf.Qwen3VLForConditionalGeneration(config), processor


def gemma3() -> tuple[Any, Any]:
    special = [
        *("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"),
        *("<start_of_image>", "<end_of_image>", "<image_soft_token>"),
    ]
    named = {
        "image_token": "<image_soft_token>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
    }
    tokenizer = byte_pairs(
        special, end="<eos>", pad="<pad>", begin="<bos>", extra_special_tokens=named
    )
    tokenizer.add_tokens(["\n" * count for count in range(1, 5)])  # words of Gemma's own
    ids = tokenizer.convert_tokens_to_ids
    config = hf.Gemma3Config(
        text_config={
            **LANGUAGE,
            "sliding_window": 20,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "pad_token_id": ids("<pad>"),
            "bos_token_id": ids("<bos>"),
            "eos_token_id": ids("<eos>"),
        },
        vision_config={**TOWER, "image_size": 56, "patch_size": 14},
        mm_tokens_per_image=4,
        image_token_index=ids("<image_soft_token>"),
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
    )
    processor = hf.Gemma3Processor(
        image_processor=hf.Gemma3ImageProcessor(size=SQUARE),
        tokenizer=tokenizer,
        image_seq_length=4,
        chat_template=GEMMA,
    )
    return hf.Gemma3ForConditionalGeneration(config), processor
