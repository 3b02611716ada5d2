"""OpenCLIP's own folders (``open_clip_config.json``): MobileCLIP, DFN and others that transformers does not know."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import torch
from PIL.Image import Image
from safetensors import SafetensorError

from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import UsageError

OPEN_CLIP_CONFIG: Final = "open_clip_config.json"
_TEXTS = 64  # in one batch


class OpenClipTowers:
    """The towers of a model of OpenCLIP, by its own library; see ``towers.Towers``.

    Raises:
        UsageError: the extra `openclip` is missing, the folder holds no weights or is incomplete, or there are image
            options, which only processors of transformers have.
    """

    def __init__(self, settings: ServingSettings) -> None:
        folder = settings.model_path
        try:
            library: Any = import_module("open_clip")
        except ImportError:
            raise UsageError(
                f"{folder} holds a model of OpenCLIP, which needs its library: pip install"
                " 'movietag[openclip]'."
            ) from None
        if settings.image_options:
            raise UsageError(
                f"image_options: the pictures of a model of OpenCLIP are prepared as its {OPEN_CLIP_CONFIG}"
                " says. Leave MOVIETAG_IMAGE_OPTIONS out."
            )
        if not any(one.suffix in (".safetensors", ".bin") for one in folder.iterdir()):
            raise UsageError(f"{folder} holds no weights: no file *.safetensors or *.bin.")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        name = f"local-dir:{folder.absolute()}"
        try:
            model, self._prepare = library.create_model_from_pretrained(name, device=self._device)
            self._tokenizer = library.get_tokenizer(name)
        except (OSError, RuntimeError, ValueError, SafetensorError) as error:
            text = " ".join(str(error).split())[:300]
            raise UsageError(f"{folder} cannot be loaded by OpenCLIP: {text}") from None
        self._model = model.eval()
        red, green, blue = (
            int(255 * one) for one in library.get_model_preprocess_cfg(model)["mean"]
        )
        self.colour = (red, green, blue)

    def see(self, pictures: Sequence[Image]) -> torch.Tensor:
        """Prepare and encode pictures."""
        inputs = torch.stack([self._prepare(one) for one in pictures]).to(self._device)
        with torch.inference_mode():
            seen: torch.Tensor = self._model.encode_image(inputs, normalize=True)
        return seen.float()

    def read(self, texts: Sequence[str]) -> torch.Tensor:
        """Encode texts; what is longer than the model reads is cut off."""
        vectors = []
        for first in range(0, len(texts), _TEXTS):
            tokens = self._tokenizer(list(texts[first : first + _TEXTS])).to(self._device)
            with torch.inference_mode():
                vectors.append(self._model.encode_text(tokens, normalize=True).float())
        return torch.cat(vectors)

    def scores(self, cosines: torch.Tensor) -> torch.Tensor:
        """A SigLIP's own probability; of CLIP, which has none, the cosine moved into 0 to 1."""
        bias = self._model.logit_bias
        if bias is None:
            return (1 + cosines.clamp(-1, 1)) / 2
        with torch.inference_mode():
            logits: torch.Tensor = cosines * self._model.logit_scale.exp() + bias
            return logits.sigmoid()
