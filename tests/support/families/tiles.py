"""SmolVLM and InternVL: a picture is cut into tiles."""

from __future__ import annotations

from typing import Any

import transformers as hf

from support.families.sizes import LANGUAGE, SQUARE, TOWER, turns
from support.families.words import byte_pairs

SMOL = (
    "<|im_start|>{% for turn in messages %}{{ turn['role'] | capitalize }}"
    "{{ ':' if turn['content'][0]['type'] == 'image' else ': ' }}"
    "{% for part in turn['content'] %}{{ '<image>' if part['type'] == 'image' else part['text'] }}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def smolvlm() -> tuple[Any, Any]:
    special = [
        *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<fake_token_around_image>"),
        *("<global-img>", "<end_of_utterance>"),
        *(f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)),
    ]
    tokenizer = byte_pairs(
        special, end="<end_of_utterance>", pad="<|im_end|>", begin="<|im_start|>"
    )
    tokenizer.image_token = "<image>"
    pad = tokenizer.convert_tokens_to_ids("<|im_end|>")
    config = hf.SmolVLMConfig(
        vision_config={**TOWER, "image_size": 64, "patch_size": 16},
        text_config=hf.LlamaConfig(**LANGUAGE, pad_token_id=pad),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=pad,
    )
    tile = {"longest_edge": 64}
    processor = hf.SmolVLMProcessor(
        image_processor=hf.SmolVLMImageProcessor(
            size={"longest_edge": 192}, max_image_size=tile, do_image_splitting=True
        ),
        tokenizer=tokenizer,
        video_processor=hf.SmolVLMVideoProcessor(size=tile, max_image_size=tile),
        image_seq_len=4,
        chat_template=SMOL,
    )
    return hf.SmolVLMForConditionalGeneration(config), processor


def internvl() -> tuple[Any, Any]:
    special = [
        *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        *("<img>", "</img>", "<IMG_CONTEXT>", "<video>"),
    ]
    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = byte_pairs(
        special, end="<|im_end|>", pad="<|endoftext|>", extra_special_tokens=named
    )
    config = hf.InternVLConfig(
        vision_config={**TOWER, "image_size": [56, 56], "patch_size": [14, 14]},
        text_config=hf.Qwen2Config(**LANGUAGE),
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
        downsample_ratio=0.5,
    )
    processor = hf.InternVLProcessor(
        image_processor=hf.GotOcr2ImageProcessor(size=SQUARE, crop_to_patches=True, max_patches=4),
        tokenizer=tokenizer,
        video_processor=hf.InternVLVideoProcessor(size=SQUARE),
        image_seq_length=4,
        chat_template=turns("<IMG_CONTEXT>\n"),
    )
    return hf.InternVLForConditionalGeneration(config), processor
