"""Merging an adapter into the weights of its base, and verifying that the answers are unchanged."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from movietag.captioning.pretrained import load_processor, whole_weights
from movietag.captioning.published_names import name_as_published
from movietag.captioning.tagger_id import folder_digest
from movietag.captioning.taught import SHORTEST, read_taught, write_taught
from movietag.errors import UsageError
from movietag.files import make_readable, new_folder
from movietag.research.training.loading import load_base, require_training
from movietag.research.training.proving import Agreement, MergeProof
from movietag.research.training.record import Training, read_training
from movietag.research.training.runs import ADAPTER
from movietag.vocabulary.sentence import QUESTION

CARD: Final = "about/merged.json"
"""In a folder of its own: the digest of a model covers the files next to its weights."""
NOTE: Final = "about/unproven.txt"
_NOT_YET: Final = "This merge has not been compared with its base and adapter (yet).\n"


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
    compared with base and adapter before the folder gets its name: one that fails is kept as ``OUT-unproven``.

    Args:
        run: folder of a finished `movietag finetune`.
        out: the folder, which must not exist.
        base: current path of the base; default: its path during training.

    Raises:
        UsageError: the training is not finished, the adapter is truncated or of another base, or the merged
            model answers differently or could not be compared: the text says where it is kept.
    """
    require_training()
    training = read_training(run)
    home = base or Path(training.run.base)
    whole_weights(run / ADAPTER, needed=True)
    check_base(training, home)
    _refuse_existing(out)
    whole, processor, dtype, proof = _sum(run, training, home)
    unproven = _free_name(out)
    with new_folder(unproven) as folder:
        whole.save_pretrained(folder)
        name_as_published(folder)
        processor.save_pretrained(folder)
        taught = read_taught(run / ADAPTER)
        if taught:
            write_taught(taught, folder)
        make_readable(folder)
        (folder / NOTE).parent.mkdir()
        (folder / NOTE).write_text(_NOT_YET)
    del whole
    agreement = proof.agreement(unproven, dtype)
    merged = Merged(
        adapter=str(run),
        base=str(home),
        base_digest=training.run.base_digest,
        data_digest=training.run.data_digest,
        digest=folder_digest(unproven),
        dtype=dtype,
        serve=serve_with(training, proof.question),
        agreement=agreement,
    )
    (unproven / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(merged), indent=1))
    (unproven / NOTE).unlink()
    unproven.rename(out)
    return merged


def _sum(run: Path, training: Training, base: Path) -> tuple[Any, Any, str, MergeProof]:
    """The merged model in the base's number format, its processor, that format, and what it is compared with."""
    peft: Any = import_module("peft")
    transformers: Any = import_module("transformers")
    loaded = load_base(base, merging=True)
    processor = load_processor(run / ADAPTER)
    stored_in = transformers.AutoConfig.from_pretrained(base, local_files_only=True).dtype
    adapted = peft.PeftModel.from_pretrained(loaded.model, run / ADAPTER).eval()
    proof = MergeProof(adapted, processor, training)
    try:
        whole = adapted.merge_and_unload(safe_merge=True)
    except ValueError as error:
        raise UsageError(
            f"{run}: its adapter has weights that are not finite ({error}). Train again."
        ) from None
    if stored_in is not None:
        whole.to(stored_in)
    return whole, processor, str(stored_in or "float32").removeprefix("torch."), proof


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise UsageError(f"{out} already exists. Name another folder, or remove it first.")


def _free_name(out: Path) -> Path:
    """Where a merge is stored until it is proven: next to ``out``."""
    names = (out.with_name(f"{out.name}-unproven{number}") for number in ("", *range(2, 1000)))
    return next(path for path in names if not path.exists())


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
    """Parameters of config.pbtxt for the same prompts and pictures as in training, whatever that says."""
    options = training.run.settings.image_options
    return {
        "do_pad": str(training.run.settings.do_pad).lower(),
        "max_new_tokens": str(max(SHORTEST, training.outcome.longest_answer + 8)),
        **({} if question == QUESTION else {"prompt": question}),
        **({"image_options": json.dumps(options)} if options else {}),
    }


def merge_report(merged: Merged) -> str:
    """The result in one line."""
    agreement = merged.agreement
    return (
        f"Merged in {merged.dtype}; on {agreement.frames} frames ({agreement.of}) {agreement.same_captions} captions"
        f" are the same, and no token's log-probability differs by more than {agreement.difference:.2g}."
    )
