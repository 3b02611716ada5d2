"""Sizes and chat templates that several families share."""

from __future__ import annotations

from typing import Any

LANGUAGE: dict[str, Any] = {
    "vocab_size": 520,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,  # vLLM computes no smaller heads on a CPU
    "max_position_embeddings": 4096,
}
TOWER: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
}
SQUARE = {"height": 56, "width": 56}


def turns(image: str) -> str:
    """The chat template of Qwen's kind: named turns, a system turn first; ``image`` stands for a picture."""
    return (
        "{% for turn in messages %}"
        "{% if loop.first and turn['role'] != 'system' %}"
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
        "<|im_start|>{{ turn['role'] }}\n"
        "{% if turn['content'] is string %}{{ turn['content'] }}{% else %}"
        "{% for part in turn['content'] %}{% if part['type'] == 'image' %}" + image + "{% else %}"
        "{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
