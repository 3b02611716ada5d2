"""TRL's trainer, configured to be reproducible and to resume after a kill."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from movietag.errors import UsageError
from movietag.research.training.frames import rows_of, shown_with
from movietag.research.training.loading import Loaded, freeze_all_but_decoder, targets_of
from movietag.research.training.runs import LAST_WRITTEN
from movietag.research.training.settings import Adapters, FinetuneSettings
from movietag.research.training.stored import Stored
from movietag.research.training.watching import (
    EarlyStop,
    OnStep,
    Watch,
    best_step,
    is_exhausted,
)

ADAPTER_WEIGHTS: Final = "adapter_model.safetensors"  # in a checkpoint of peft


def make_trainer(
    loaded: Loaded,
    stored: Stored,
    settings: FinetuneSettings,
    adapters: Adapters,
    checkpoints: Path,
    on_step: OnStep,
) -> Any:
    """An ``SFTTrainer`` on the data set's train split; its loss covers only the answers.

    Raises:
        UsageError: more than one GPU is visible, or there is no validation split to stop by.
    """
    if settings.patience and not stored.splits.get("validation"):
        raise UsageError(
            f"{stored.folder} has no split validation, by which a training is stopped (patience). Build it with"
            " --validation 0.1, or leave --patience out."
        )
    transformers: Any = import_module("transformers")
    trl: Any = import_module("trl")
    peft: Any = import_module("peft")
    transformers.utils.logging.set_verbosity_error()
    splits = {split: rows_of(examples) for split, examples in stored.splits.items() if examples}
    torch: Any = import_module("torch")
    if loaded.device == "cuda" and torch.cuda.device_count() > 1:
        raise UsageError(
            "Several GPUs are visible, and only one can be used. Select it: CUDA_VISIBLE_DEVICES=0."
        )
    config = _config(loaded, settings, adapters, checkpoints, validates="validation" in splits)
    freeze_all_but_decoder(loaded)
    trainer = trl.SFTTrainer(
        model=loaded.model,
        args=config,
        processing_class=loaded.processor,
        data_collator=shown_with(loaded.processor, settings).collate,
        train_dataset=splits["train"],
        eval_dataset=splits.get("validation"),
        callbacks=_callbacks(settings, on_step),
        peft_config=peft.LoraConfig(
            task_type="CAUSAL_LM",
            r=adapters.rank,
            lora_alpha=adapters.alpha,
            use_rslora=adapters.rslora,
            lora_dropout=settings.dropout,
            target_modules=targets_of(loaded, vision=settings.vision),
        ),
    )
    trainer.remove_callback(transformers.PrinterCallback)
    if (
        settings.recompute
    ):  # of the decoder only: peft would require gradients of the vision tower's inputs
        loaded.model.get_decoder().gradient_checkpointing_enable({"use_reentrant": False})
    return trainer


def _callbacks(settings: FinetuneSettings, on_step: OnStep) -> list[Watch | EarlyStop]:
    stop = [EarlyStop(settings.patience)] if settings.patience else []
    return [Watch(on_step), *stop]


def _config(
    loaded: Loaded,
    settings: FinetuneSettings,
    adapters: Adapters,
    checkpoints: Path,
    *,
    validates: bool,
) -> Any:
    """The trainer's own settings; ``validates``: compute the loss on a validation split after each epoch."""
    cuda = loaded.device == "cuda"
    by_steps = {"save_strategy": "steps", "save_steps": settings.save_every}
    return import_module("trl").SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=adapters.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup,  # below 1: a share of the steps
        max_grad_norm=settings.clip,
        bf16=loaded.dtype == "bfloat16",
        fp16=False,
        use_cpu=not cuda,
        gradient_checkpointing=False,  # of the whole model; see make_trainer
        seed=settings.seed,
        max_length=None,  # a limit could truncate picture tokens
        completion_only_loss=True,
        remove_unused_columns=False,
        dataloader_pin_memory=cuda,
        eval_strategy="epoch" if validates else "no",
        save_total_limit=2,  # with early stop the best and the last
        load_best_model_at_end=settings.patience is not None,
        metric_for_best_model="eval_loss" if settings.patience else None,
        greater_is_better=False if settings.patience else None,
        **(by_steps if settings.save_every else {"save_strategy": "epoch"}),
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
    )


def run_training(trainer: Any, checkpoint: Path | None, patience: int | None) -> int | None:
    """Train, from a checkpoint if there is one; the step of the adapter that is kept, None: the last one.

    Raises:
        DivergedError: a gradient is not finite.
        UsageError: the GPU's memory does not suffice.
    """
    torch: Any = import_module("torch")
    stopped = patience and checkpoint and _stopped(trainer, checkpoint, patience)
    try:
        if not stopped:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except torch.OutOfMemoryError as error:
        raise UsageError(
            f"The GPU's memory does not suffice: {error}. Use a smaller --batch with more --accumulate"
            " (the steps stay the same), or --recompute."
        ) from None
    return best_step(trainer.state.log_history) if patience else None


def _stopped(trainer: Any, checkpoint: Path, patience: int) -> bool:
    """Whether the training was over when it was interrupted; its best adapter is loaded then."""
    transformers: Any = import_module("transformers")
    state = transformers.TrainerState.load_from_json(str(checkpoint / LAST_WRITTEN))
    over = state.global_step >= state.max_steps
    if not over and not is_exhausted(state.log_history, patience):
        return False
    best = checkpoint.parent / f"checkpoint-{best_step(state.log_history)}"
    weights = import_module("safetensors.torch").load_file(best / ADAPTER_WEIGHTS)
    import_module("peft").set_peft_model_state_dict(trainer.model, weights)
    trainer.state = state
    return True


def longest_answer(loaded: Loaded, stored: Stored, settings: FinetuneSettings) -> int:
    """Tokens of the longest answer, including its end token.

    Raises:
        UsageError: prompt, picture and answer exceed the model's positions.
    """
    examples = [example for part in stored.splits.values() for example in part]
    shown = shown_with(loaded.processor, settings)
    answers = {example.line.completion for example in examples}
    longest = max(len(shown.inputs.answer_ids(answer)) for answer in answers)
    picture = shown.picture(stored.splits["train"][0].path)
    question = max((example.line.prompt for example in examples), key=len)
    prompt_tokens = shown.inputs.build([picture], [question])["input_ids"].shape[1]
    most_tokens = loaded.model.config.get_text_config().max_position_embeddings
    if prompt_tokens + longest > most_tokens:
        raise UsageError(
            f"The longest answer has {longest} tokens, question and picture {prompt_tokens}: together more than"
            f" the model's {most_tokens}. Build the data set with fewer tags a sentence (--most, --cut)."
        )
    return longest
