"""LLaVA-1.5 (one picture of a fixed size) and LLaVA-OneVision (a picture in tiles, by its shape)."""

from __future__ import annotations

from typing import Any

import transformers as hf

from support.families.sizes import LANGUAGE, SQUARE, TOWER
from support.families.words import byte_pairs, pieces

# Neither a begin nor an end token, as published.
PLAIN = (
    "{% for turn in messages %}{{ turn['role'].upper() + ': ' }}"
    "{% for part in turn['content'] if part['type'] == 'image' %}{{ '<image>\n' }}{% endfor %}"
    "{% for part in turn['content'] if part['type'] == 'text' %}{{ part['text'] + ' ' }}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
# The prompt ends with "assistant\n", an answered conversation has "assistant \n": as published.
UNEVEN = (
    "{% for turn in messages %}{{ '<|im_start|>' + turn['role'] + ' ' }}"
    "{% for part in turn['content'] if part['type'] == 'image' %}{{ '<image>' }}{% endfor %}"
    "{% for part in turn['content'] if part['type'] == 'text' %}{{ '\n' + part['text'] }}{% endfor %}"
    "{{ '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def llava15() -> tuple[Any, Any]:
    tokenizer = pieces(["<image>"])
    config = hf.LlavaConfig(
        vision_config=hf.CLIPVisionConfig(
            **{**TOWER, "num_hidden_layers": 3}, image_size=56, patch_size=14, projection_dim=32
        ),
        text_config=hf.LlamaConfig(**LANGUAGE, bos_token_id=1, eos_token_id=2, pad_token_id=3),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )
    processor = hf.LlavaProcessor(
        image_processor=hf.CLIPImageProcessor(size={"shortest_edge": 56}, crop_size=SQUARE),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=PLAIN,
        num_additional_image_tokens=1,
    )
    return hf.LlavaForConditionalGeneration(config), processor


def onevision() -> tuple[Any, Any]:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"]
    tokenizer = byte_pairs(special, end="<|im_end|>", pad="<|endoftext|>")
    shapes = [[56, 56], [56, 112], [112, 56], [112, 112]]
    config = hf.LlavaOnevisionConfig(
        vision_config=hf.SiglipVisionConfig(**TOWER, image_size=56, patch_size=14),
        text_config=hf.Qwen2Config(**LANGUAGE),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=shapes,
        vision_feature_layer=-1,
    )
    processor = hf.LlavaOnevisionProcessor(
        image_processor=hf.LlavaOnevisionImageProcessor(size=SQUARE, image_grid_pinpoints=shapes),
        tokenizer=tokenizer,
        video_processor=hf.LlavaOnevisionVideoProcessor(size=SQUARE),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=UNEVEN,
    )
    return hf.LlavaOnevisionForConditionalGeneration(config), processor
