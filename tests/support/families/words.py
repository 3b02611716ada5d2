"""Tokenizers of the families, trained on the words that taggers read and write."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from movietag.vocabulary import load
from movietag.vocabulary.sentence import QUESTION

CORPUS = [
    QUESTION,
    "A scene from a movie containing tag data 'horror', 'gothic'",
    "user assistant model system USER ASSISTANT User Assistant",
    *(f"'{tag}', {tag}" for tag in load("mpst").tags for _ in range(3)),
]


def byte_pairs(
    special: Sequence[str], *, end: str, pad: str, begin: str | None = None, **named: object
) -> PreTrainedTokenizerFast:
    """Byte-level pairs, as in Qwen, SmolVLM and InternVL; here in Gemma, too."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=430,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    others = [one for one in special if one not in (end, pad, begin)]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=end,
        pad_token=pad,
        bos_token=begin,
        additional_special_tokens=others,
        **named,
    )


def pieces(special: Sequence[str]) -> PreTrainedTokenizerFast:
    """As in Llama: a blank belongs to the word behind it, and unknown letters become bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    every = ["<unk>", "<s>", "</s>", "<pad>", *special, *(f"<0x{code:02X}>" for code in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=410, special_tokens=every, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=list(special),
    )
