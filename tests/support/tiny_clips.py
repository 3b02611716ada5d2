"""Tiny CLIP-like checkpoints with random weights, as transformers saves them: what their scores are worth is nothing,
but two ways to one score must agree."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from movietag.vocabulary import load

hf: Any = import_module("transformers")
SIDE = 32
TEXTS = [
    f"a scene of {tag}, a movie scene with {tag}, a photo of {tag}" for tag in load("mpst").tags
]
SIZE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
SEEN = SIZE | {"image_size": SIDE, "patch_size": 8}


def clip(folder: Path) -> Path:
    """OpenAI's CLIP: byte-level BPE of lower case, pictures cropped to their middle."""
    processor = _clip_processor(folder)
    texts = SIZE | _ends(processor.tokenizer) | {"max_position_embeddings": 24}
    config = hf.CLIPConfig(text_config=texts, vision_config=SEEN, projection_dim=16)
    return _saved(folder, hf.CLIPModel(config), processor)


def metaclip2(folder: Path) -> Path:
    """MetaCLIP 2, here with CLIP's tokenizer."""
    processor = _clip_processor(folder)
    texts = SIZE | _ends(processor.tokenizer) | {"max_position_embeddings": 24}
    config = hf.MetaClip2Config(text_config=texts, vision_config=SEEN, projection_dim=16)
    return _saved(folder, hf.MetaClip2Model(config), processor)


def siglip(folder: Path) -> Path:
    """SigLIP: a sentencepiece tokenizer without attention mask, pictures squeezed to a square."""
    folder.mkdir(parents=True)
    texts = folder / "texts.txt"
    texts.write_text("\n".join(TEXTS).lower())
    import_module("sentencepiece").SentencePieceTrainer.train(
        input=str(texts),
        model_prefix=str(folder / "spiece"),
        vocab_size=200,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    tokenizer = hf.SiglipTokenizer(str(folder / "spiece.model"), model_input_names=["input_ids"])
    images = hf.SiglipImageProcessor(size={"height": SIDE, "width": SIDE})
    processor = hf.SiglipProcessor(images, tokenizer)
    words = SIZE | {"vocab_size": len(tokenizer), "max_position_embeddings": 64}
    config = hf.SiglipConfig(text_config=words, vision_config=SEEN)
    return _saved(folder, hf.SiglipModel(config), processor)


def siglip2(folder: Path) -> Path:
    """SigLIP 2 for pictures of any shape (NaFlex): Gemma's tokenizer, patches with a mask."""
    trained = _trained(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"], byte_level=False)
    tokenizer = hf.Siglip2Tokenizer(
        vocab=trained["vocab"], merges=trained["merges"], model_input_names=["input_ids"]
    )
    processor = hf.Siglip2Processor(
        hf.Siglip2ImageProcessor(patch_size=8, max_num_patches=16), tokenizer
    )
    words = SIZE | {"vocab_size": len(tokenizer), "max_position_embeddings": 64}
    seen = SIZE | {"patch_size": 8, "num_patches": 16}
    config = hf.Siglip2Config(text_config=words, vision_config=seen)
    return _saved(folder, hf.Siglip2Model(config), processor)


def openclip(folder: Path) -> Path:
    """A folder of OpenCLIP, without a config.json of transformers."""
    config: dict[str, Any] = {
        "embed_dim": 16,
        "vision_cfg": {
            "image_size": SIDE,
            "layers": 2,
            "width": 32,
            "head_width": 16,
            "patch_size": 8,
        },
        "text_cfg": {
            "context_length": 24,
            "vocab_size": 49408,
            "width": 32,
            "heads": 2,
            "layers": 2,
        },
    }
    prepared = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2]}
    model = import_module("open_clip").CLIP(**config)
    _randomise(model)
    folder.mkdir(parents=True)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    written = json.dumps({"model_cfg": config, "preprocess_cfg": prepared})
    (folder / "open_clip_config.json").write_text(written)
    return folder


CHECKPOINTS: dict[str, Callable[[Path], Path]] = {
    "clip": clip,
    "metaclip2": metaclip2,
    "siglip": siglip,
    "siglip2": siglip2,
}


def noise(*sizes: tuple[int, int]) -> list[Image.Image]:
    """Pictures of these widths and heights."""
    rng = np.random.default_rng(3)
    return [
        Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


def _clip_processor(folder: Path) -> Any:
    trained = _trained(["<|startoftext|>", "<|endoftext|>"], byte_level=True)
    folder.mkdir(parents=True)
    tokenizer = hf.CLIPTokenizer(vocab=trained["vocab"], merges=trained["merges"])
    images = hf.CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    return hf.CLIPProcessor(images, tokenizer)


def _ends(tokenizer: Any) -> dict[str, int]:
    return {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _trained(special: list[str], *, byte_level: bool) -> dict[str, Any]:
    """Vocabulary and merges of a BPE over the texts."""
    tokenizer = Tokenizer(models.BPE())
    ends: dict[str, Any] = {"end_of_word_suffix": "</w>"} if byte_level else {}
    tokenizer.pre_tokenizer = (
        pre_tokenizers.ByteLevel(add_prefix_space=False)
        if byte_level
        else pre_tokenizers.Split("▁", "merged_with_next")
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=special,
        initial_alphabet=alphabet,
        show_progress=False,
        **ends,
    )
    texts = TEXTS if byte_level else [text.replace(" ", "▁") for text in TEXTS]
    tokenizer.train_from_iterator(texts, trainer)
    found = json.loads(tokenizer.to_str())["model"]
    return {"vocab": found["vocab"], "merges": [tuple(one) for one in found["merges"]]}


def _saved(folder: Path, model: Any, processor: Any) -> Path:
    _randomise(model)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _randomise(model: Any) -> None:
    torch.manual_seed(0)
    fixed = {
        "logit_scale": 5.0,
        "logit_bias": -2.0,
    }  # scores of random towers are close to each other
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if name in fixed:
                weight.fill_(fixed[name])
            else:
                weight.normal_(0, 0.5)
