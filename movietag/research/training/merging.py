"""Merging an adapter into the weights of its base, and verifying that the answers are unchanged."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from PIL import Image

from movietag.captioning.pictures import mean_colour
from movietag.captioning.published_names import name_as_published
from movietag.captioning.tagger_id import folder_digest
from movietag.errors import UsageError
from movietag.files import make_readable, new_folder
from movietag.research.training.comparing import ReferenceAnswers
from movietag.research.training.frames import shown
from movietag.research.training.loading import load_base, require_training, whole_weights
from movietag.research.training.record import Training, read_training
from movietag.research.training.runs import ADAPTER
from movietag.research.training.stored import read_dataset
from movietag.vocabulary.sentence import QUESTION

CARD: Final = "about/merged.json"
"""In a folder of its own: the digest of a model covers the files next to its weights."""
SHORTEST: Final = 48  # tokens, as config.pbtxt has them
FRAMES: Final = 8  # compared
TOLERANCES: Final = {"float32": 1e-3, "float16": 0.1, "bfloat16": 0.5}
"""Tolerated difference of a token's log-probability, by the number format of the stored weights."""


class Agreement(msgspec.Struct, frozen=True):
    """How merged model and adapter compare on some frames, both computed in float32.

    Args:
        frames: number compared; of the data set, or drawn noise if that no longer exists.
        of: "data set" or "noise".
        same_captions: frames with the same greedy answer.
        difference: largest of a token's log-probability, over the adapter's answers.
        tolerance: the largest difference allowed.
    """

    frames: int
    of: str
    same_captions: int
    difference: float
    tolerance: float


class Merged(msgspec.Struct, frozen=True):
    """``about/merged.json``, in the folder of a merged model."""

    adapter: str
    base: str
    base_digest: str
    data_digest: str
    digest: str  # folder_digest of this folder
    dtype: str  # of the stored weights: that of the base
    serve: dict[str, str]  # parameters for serving it as it was trained
    agreement: Agreement


def merge(run: Path, out: Path, *, base: Path | None = None) -> Merged:
    """Merge the adapter of a finished training into its base, as a model in the new folder ``out``.

    The sum is computed in float32 and stored in the base's own number format. The stored model is loaded again and
    compared with base and adapter before the folder appears.

    Args:
        run: folder of a finished `movietag finetune`.
        out: the folder, which must not exist.
        base: current path of the base; default: its path during training.

    Raises:
        UsageError: the training is not finished, the adapter is truncated or of another base, or the merged
            model answers differently.
    """
    require_training()
    training = read_training(run)
    home = base or Path(training.run.base)
    whole_weights(run / ADAPTER)
    check_base(training, home)
    peft: Any = import_module("peft")
    transformers: Any = import_module("transformers")
    loaded = load_base(home, merging=True)
    processor = transformers.AutoProcessor.from_pretrained(run / ADAPTER, local_files_only=True)
    stored_in = transformers.AutoConfig.from_pretrained(home, local_files_only=True).dtype
    dtype = str(stored_in or "float32").removeprefix("torch.")
    adapted = peft.PeftModel.from_pretrained(loaded.model, run / ADAPTER).eval()
    question, pictures, of = _frames(training, processor)
    compared = ReferenceAnswers(adapted, processor, question, pictures)
    try:
        whole = adapted.merge_and_unload(safe_merge=True)
    except ValueError as error:
        raise UsageError(
            f"{run}: its adapter has weights that are not finite ({error}). Train again."
        ) from None
    whole.to(stored_in)
    with new_folder(out) as folder:
        whole.save_pretrained(folder)
        name_as_published(folder)
        processor.save_pretrained(folder)
        make_readable(folder)
        again = load_base(folder, merging=True).model.eval()
        agreement = Agreement(
            frames=len(pictures),
            of=of,
            same_captions=compared.same_captions(again),
            difference=compared.difference(again),
            tolerance=TOLERANCES.get(dtype, TOLERANCES["float32"]),
        )
        _refuse_difference(agreement)
        merged = Merged(
            adapter=str(run),
            base=str(home),
            base_digest=training.run.base_digest,
            data_digest=training.run.data_digest,
            digest=folder_digest(folder),
            dtype=dtype,
            serve=serve_with(training, question),
            agreement=agreement,
        )
        (folder / CARD).parent.mkdir()
        (folder / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(merged), indent=1))
    return merged


def check_base(training: Training, base: Path) -> None:
    """Check that an adapter belongs to a base model, whatever the folder's name.

    Raises:
        UsageError: it was trained on another one, or the base does not exist.
    """
    if not base.is_dir():
        raise UsageError(f"The base model is no longer at {base}. Name its folder (--base).")
    digest = folder_digest(base)
    if digest != training.run.base_digest:
        raise UsageError(
            f"The adapter was trained on a base model of digest {training.run.base_digest[:12]}"
            f" ({training.run.base}); {base} has {digest[:12]}: another model, or another release of it."
            " Name the one it was trained on (--base)."
        )


def serve_with(training: Training, question: str) -> dict[str, str]:
    """Parameters of config.pbtxt for the same prompts and pictures as in training."""
    return {
        "do_pad": str(training.run.settings.do_pad).lower(),
        "max_new_tokens": str(max(SHORTEST, training.outcome.longest_answer + 8)),
        **({} if question == QUESTION else {"prompt": question}),
    }


def merge_report(merged: Merged) -> str:
    """The result in one line."""
    agreement = merged.agreement
    return (
        f"Merged in {merged.dtype}; on {agreement.frames} frames ({agreement.of}) {agreement.same_captions} captions"
        f" are the same, and no token's log-probability differs by more than {agreement.difference:.2g}."
    )


def _refuse_difference(agreement: Agreement) -> None:
    if agreement.difference <= agreement.tolerance:
        return
    raise UsageError(
        f"The merged model answers differently than base and adapter: a token's log-probability differs by"
        f" {agreement.difference:.3g} (at most {agreement.tolerance:g} is allowed), {agreement.same_captions} of"
        f" {agreement.frames} captions are the same. Nothing was saved."
    )


def _frames(training: Training, processor: Any) -> tuple[str, list[Image.Image], str]:
    """Prompt and pictures to compare on: of the data set if it still exists, else noise."""
    settings, colour = training.run.settings, mean_colour(processor)
    data = Path(training.run.data)
    try:
        examples = read_dataset(data).splits["train"]
    except UsageError:
        rng = np.random.default_rng(0)
        noise = rng.integers(0, 256, (FRAMES, 64, 64, 3), dtype=np.uint8)
        return QUESTION, [Image.fromarray(one) for one in noise], "noise"
    chosen = examples[:: max(1, len(examples) // FRAMES)][:FRAMES]
    pictures = [
        shown(one.path, colour, do_pad=settings.do_pad, size=settings.frame_size) for one in chosen
    ]
    return examples[0].line.prompt, pictures, "data set"
