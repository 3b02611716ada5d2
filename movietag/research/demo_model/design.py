"""The demo model's parts: tokenizer, processor, and an untrained LLaVA of about 1.3 million weights.

The vision tower is a hybrid ViT (Dosovitskiy et al. 2021, section 3.1): a small ResNet, then
attention over its grid. Convolutions learn shapes from a few thousand pictures; a plain ViT of this
size does not.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from movietag.vocabulary.sentence import QUESTION, sentence

# transformers is only partly typed: strict checking of calls into it would be noise.
transformers: Any = import_module("transformers")
Model = Any
"""LlavaForConditionalGeneration."""
Processor = Any
"""LlavaProcessor."""

IMAGE_SIDE = 128
GRID = 4
"""The tower gives GRID x GRID image tokens."""
VISION_WIDTH = 128
PROMPTS = (
    QUESTION,
    "Describe this scene.",
    "Which tags fit this scene of a movie?",
)
"""The prompts that the model is trained with; the first is the served one."""
SPECIAL = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}USER: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>{% else %}"
    "{{ part['text'] }}{% endif %}{% endfor %}"
    "{% else %} ASSISTANT: {% generation %}{{ message['content'][0]['text'] }}{{ eos_token }}"
    "{% endgeneration %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} ASSISTANT: {% endif %}"
)


def training_texts(tags: Sequence[str]) -> list[str]:
    """All prompts and answers, for training the tokenizer."""
    answers = [sentence([tag, other]) for tag in tags for other in tags]
    return answers + [f"USER: {prompt} ASSISTANT: " for prompt in PROMPTS] * len(tags)


def build_tokenizer(corpus: Sequence[str]) -> Any:
    """A byte-level BPE: it encodes any text, and the corpus' own words in few tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=[*SPECIAL.values(), "<image>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        padding_side="left",
        **SPECIAL,
        extra_special_tokens={"image_token": "<image>"},
    )


def build_processor(tokenizer: Any) -> Processor:
    """Squares of IMAGE_SIDE pixels; frames are padded to a square before they are passed in."""
    pictures = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": IMAGE_SIDE},
        crop_size={"height": IMAGE_SIDE, "width": IMAGE_SIDE},
    )
    return transformers.LlavaProcessor(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=IMAGE_SIDE // GRID,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT_TEMPLATE,
    )


def vision_config() -> Any:
    """A ResNet of four stages, then one attention layer over its 4 x 4 grid (and a class token)."""
    widths = [32, 64, 128, 160]
    return transformers.DPTConfig(
        is_hybrid=True,
        image_size=[IMAGE_SIDE, IMAGE_SIDE],
        patch_size=IMAGE_SIDE // GRID,
        hidden_size=VISION_WIDTH,
        intermediate_size=2 * VISION_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=4,
        neck_ignore_stages=[0, 1],
        backbone_featmap_shape=[1, widths[-1], GRID, GRID],
        backbone_config=transformers.ResNetConfig(
            embedding_size=32,
            hidden_sizes=widths,
            depths=[1, 1, 1, 1],
            layer_type="basic",
            out_features=["stage2", "stage3", "stage4"],
        ),
    )


def text_config(tokenizer: Any) -> Any:
    """A Llama of two layers."""
    return transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=320,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=256,
        initializer_range=0.05,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def build_model(tokenizer: Any, seed: int) -> Model:
    """The untrained model; the same seed gives the same weights."""
    torch.manual_seed(seed)
    model = transformers.LlavaForConditionalGeneration(
        transformers.LlavaConfig(
            vision_config=vision_config(),
            text_config=text_config(tokenizer),
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
            image_seq_length=GRID * GRID,
            vision_feature_layer=-1,
            vision_feature_select_strategy="default",
            tie_word_embeddings=True,
        )
    )
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model
