"""Seven families of vision-language models, each as a tiny checkpoint with random weights.

Model, processor and chat template have the form that the family publishes, so shapes, templates, padding, positions
and caches can be tested on a CPU in seconds. The answers mean nothing; two ways to one answer must agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from movietag.captioning.published_names import name_as_published
from movietag.errors import UsageError
from movietag.files import new_folder

FAMILIES: Final = ("llava15", "onevision", "smolvlm", "qwen25vl", "qwen3vl", "gemma3", "internvl")
SCALE: Final = 0.12
"""Standard deviation of the matrices: large enough for answers that depend on the picture."""


def family_folder(cache: Path, name: str) -> Path:
    """The checkpoint of a family below ``cache``; built unless this code has built it before."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    about = [version("transformers").encode(), *(path.read_bytes() for path in sources)]
    folder = cache / hashlib.sha256(b"".join(about)).hexdigest()[:16] / name
    if not folder.is_dir():
        try:
            _build(folder, name)
        except UsageError:  # another process of xdist was faster
            if not folder.is_dir():
                raise
    return folder


def _build(out: Path, name: str) -> None:
    import torch
    import transformers

    from support.families.grids import gemma3, qwen3vl, qwen25vl
    from support.families.llavas import llava15, onevision
    from support.families.tiles import internvl, smolvlm

    builders: dict[str, Callable[[], tuple[Any, Any]]] = {
        one.__name__: one
        for one in (llava15, onevision, smolvlm, qwen25vl, qwen3vl, gemma3, internvl)
    }
    transformers.utils.logging.set_verbosity_error()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, processor = builders[name]()
        with torch.no_grad():
            for weights in model.parameters():
                if weights.ndim >= 2:
                    weights.copy_(torch.randn_like(weights) * SCALE)
            words = model.get_input_embeddings().weight
            if words is model.get_output_embeddings().weight:  # it would repeat its last token
                words.mul_(0.3)
    tokenizer = processor.tokenizer
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    with new_folder(out) as folder:
        model.eval().save_pretrained(folder)
        processor.save_pretrained(folder)
        name_as_published(folder)
