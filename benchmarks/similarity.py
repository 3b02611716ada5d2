"""What a frame costs on this machine's CPU by similarity, next to a caption: models of real size with random weights.

CLIP in the shape of ViT-B/32 encodes a batch of frames; LLaVA-OneVision in the shape of its 0.5B model captions one,
in tiles as its own processor cuts them, with every token generated. What they say is noise; what they cost is not.

    python -m benchmarks.similarity                       # one frame captioned: minutes on a few cores, 4 GB of memory
    python -m benchmarks.similarity --tokens 100
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from PIL import Image

from movietag.captioning.pictures import pad_to_square
from movietag.research.demo_model.served import MODEL
from movietag.vocabulary.sentence import QUESTION

hf: Any = import_module("transformers")
BATCH = 8


def clip_b32() -> Any:
    """CLIP ViT-B/32: 151 million parameters, a frame is 50 patches."""
    text = {"hidden_size": 512, "num_hidden_layers": 12, "num_attention_heads": 8}
    seen = {
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "patch_size": 32,
    }
    return hf.CLIPModel(
        hf.CLIPConfig(text_config=text, vision_config=seen, projection_dim=512)
    ).eval()


def onevision_half() -> Any:
    """LLaVA-OneVision-0.5B: SigLIP so400m at 384 pixels before Qwen2 of 0.5 billion parameters."""
    text = {
        "model_type": "qwen2",
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "vocab_size": 152_000,
        "tie_word_embeddings": True,
    }
    seen = {
        "model_type": "siglip_vision_model",
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 26,
        "num_attention_heads": 16,
        "image_size": 384,
        "patch_size": 14,
        "vision_use_head": False,
    }
    config = hf.LlavaOnevisionConfig(text_config=text, vision_config=seen)
    return hf.LlavaOnevisionForConditionalGeneration(config).eval()


def encoded(frames: list[Image.Image]) -> Callable[[], int]:
    """One encoding of a batch of frames, prepared as CLIP's processor does it."""
    model, prepare = clip_b32(), hf.CLIPImageProcessor()

    def run() -> int:
        padded = [pad_to_square(one, (122, 116, 104)) for one in frames]
        model.get_image_features(**prepare(padded, return_tensors="pt"))
        return len(frames)

    return run


def captioned(frame: Image.Image, tokens: int) -> Callable[[], int]:
    """One caption of so many tokens."""
    model, images = onevision_half(), hf.LlavaOnevisionImageProcessor()
    tokenizer = hf.AutoTokenizer.from_pretrained(MODEL, local_files_only=True)
    model.config.image_token_id = tokenizer.convert_tokens_to_ids("<image>")
    processor = hf.LlavaOnevisionProcessor(
        images,
        tokenizer,
        hf.LlavaOnevisionVideoProcessor(),
        num_image_tokens=729,
        vision_feature_select_strategy="full",
    )

    def run() -> int:
        given = processor(images=[frame], text=[f"<image> {QUESTION}"], return_tensors="pt")
        model.generate(**given, do_sample=False, max_new_tokens=tokens, min_new_tokens=tokens)
        return 1

    return run


def milliseconds(run: Callable[[], int], times: int, *, warm_up: bool) -> float:
    """Milliseconds of processor time a frame, in all threads, the least of several runs: other work adds little to it."""
    if warm_up:
        run()
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        frames = run()
        best = min(best, (time.process_time() - start) * 1000 / frames)
    return best


def main() -> None:
    """Measure both in this process, and print the ratio."""
    parser = argparse.ArgumentParser(description="Similarity against captions, on a CPU.")
    parser.add_argument("--tokens", type=int, default=20, help="of a caption")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    frames = [
        Image.fromarray(rng.integers(0, 255, (360, 640, 3), dtype=np.uint8)) for _ in range(BATCH)
    ]
    with torch.inference_mode():
        alone = encoded(frames[:1])
        single = milliseconds(alone, 10, warm_up=True)
        batch = milliseconds(encoded(frames), 5, warm_up=True)
        caption = milliseconds(captioned(frames[0], options.tokens), 1, warm_up=False)
    print(
        f"threads: {options.threads}; float32; milliseconds of processor time a frame of 640 x 360"
    )
    print(f"CLIP ViT-B/32, one encoding: {single:.0f} alone, {batch:.0f} in a batch of {BATCH}")
    print(f"LLaVA-OneVision-0.5B, {options.tokens} tokens: {caption:,.0f}")
    print(f"A caption costs {caption / batch:,.0f} encodings.")


if __name__ == "__main__":
    main()
