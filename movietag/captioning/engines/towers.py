"""CLIP-like models: a tower for pictures and one for texts, whose vectors are compared.

Used as the model cards' pipeline uses them (``zero-shot-image-classification`` of transformers): CLIP by the cosine of
the two vectors, SigLIP by the sigmoid of the cosine with the model's own scale and bias, its texts padded to the full
length that it was trained with.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, Protocol

import torch
from PIL.Image import Image

from movietag.captioning.engines.openclip import OPEN_CLIP_CONFIG, OpenClipTowers
from movietag.captioning.pictures import mean_colour
from movietag.captioning.pretrained import (
    LOAD_FAULTS,
    load_failure,
    set_image_options,
    whole_weights,
)
from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import UsageError

FAMILIES: Final = ("clip", "metaclip_2", "siglip", "siglip2")
"""``model_type`` of the models of transformers that are known to work."""
_TEXTS = 64  # in one batch


class Towers(Protocol):
    """The two towers of a model, on the device they compute on; in float32."""

    @property
    def colour(self) -> tuple[int, int, int]:
        """The colour that becomes zero when pictures are normalised: for padding."""
        ...

    def see(self, pictures: Sequence[Image]) -> torch.Tensor:
        """Vectors of length 1, (pictures, dimensions)."""
        ...

    def read(self, texts: Sequence[str]) -> torch.Tensor:
        """Vectors of length 1, (texts, dimensions)."""
        ...

    def scores(self, cosines: torch.Tensor) -> torch.Tensor:
        """Scores in 0 to 1, rising with the cosine of a picture's and a text's vector."""
        ...


def load_towers(settings: ServingSettings) -> Towers:
    """Load the model of the settings.

    Raises:
        UsageError: the folder holds a model of another kind, or there is an adapter.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    folder = settings.model_path
    if settings.adapter_path:
        raise UsageError(
            f"adapter_path of the model {settings.name} is {settings.adapter_path}: adapters are for models that"
            " write. In the mode similarity leave MOVIETAG_ADAPTER_PATH out."
        )
    if settings.threads and not torch.cuda.is_available():
        torch.set_num_threads(settings.threads)
    transformers: Any = import_module("transformers")
    found = f"neither config.json nor {OPEN_CLIP_CONFIG}"
    if (folder / "config.json").is_file():
        config = transformers.PreTrainedConfig.get_config_dict(folder, local_files_only=True)[0]
        kind = config.get("model_type", "")
        if kind in FAMILIES:
            return TransformersTowers(settings)
        found = (
            f"{', '.join(config.get('architectures') or ['a model'])} ({kind or 'no model_type'})"
        )
    if (folder / OPEN_CLIP_CONFIG).is_file():
        return OpenClipTowers(settings)
    raise UsageError(
        f"The mode similarity needs a model of CLIP, MetaCLIP 2, SigLIP, SigLIP 2 or OpenCLIP; {folder} holds"
        f" {found}. Name another one by MOVIETAG_MODEL_PATH, or use the mode caption or tags."
    )


class TransformersTowers:
    """CLIP, MetaCLIP 2, SigLIP and SigLIP 2 as transformers saves them; see ``Towers``.

    Raises:
        UsageError: a file is missing or damaged, or an image option that its processor does not have.
    """

    def __init__(self, settings: ServingSettings) -> None:
        transformers: Any = import_module("transformers")
        folder = settings.model_path
        whole_weights(folder)
        ours: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._processor = transformers.AutoProcessor.from_pretrained(folder, **ours)
            model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32, **ours)
        except LOAD_FAULTS as error:
            raise load_failure(folder, error, "CLIP-like model") from None
        set_image_options(self._processor, settings.image_options)
        self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        config = self._model.config
        self._sigmoid = config.model_type.startswith("siglip")
        longest = config.text_config.max_position_embeddings
        self._options = {"padding": "max_length" if self._sigmoid else True, "max_length": longest}

    @property
    def colour(self) -> tuple[int, int, int]:
        """The mean of the pictures that the model was trained on."""
        return mean_colour(self._processor)

    def see(self, pictures: Sequence[Image]) -> torch.Tensor:
        """Prepare and encode pictures."""
        inputs = self._processor.image_processor(images=list(pictures), return_tensors="pt")
        with torch.inference_mode():
            seen = self._model.get_image_features(**inputs.to(self._model.device))
        return _unit(seen.pooler_output)

    def read(self, texts: Sequence[str]) -> torch.Tensor:
        """Encode texts; what is longer than the model reads is cut off."""
        vectors = []
        for first in range(0, len(texts), _TEXTS):
            some = [self._written(text) for text in texts[first : first + _TEXTS]]
            inputs = self._processor.tokenizer(
                some, return_tensors="pt", truncation=True, **self._options
            )
            with torch.inference_mode():
                read = self._model.get_text_features(**inputs.to(self._model.device))
            vectors.append(_unit(read.pooler_output))
        return torch.cat(vectors)

    def _written(self, text: str) -> str:
        return text.lower() if self._sigmoid else text  # SigLIP was trained on lower case alone

    def scores(self, cosines: torch.Tensor) -> torch.Tensor:
        """SigLIP's own probability; of CLIP, which has none, the cosine moved into 0 to 1."""
        if not self._sigmoid:
            return (1 + cosines.clamp(-1, 1)) / 2
        with torch.inference_mode():
            logits: torch.Tensor = cosines * self._model.logit_scale.exp() + self._model.logit_bias
            return logits.sigmoid()


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vectors.float(), dim=-1)
