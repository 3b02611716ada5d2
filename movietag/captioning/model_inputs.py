"""From pictures, questions and answers to what a model of transformers takes: one way for all who need it.

Training, the proof of a merge, tag scoring and serving build their inputs here, so a tagger is asked as it was taught.
All that the processor makes is passed on (types of tokens, grids and masks of pictures), and the model computes its
own positions from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

from PIL.Image import Image

from movietag.errors import UsageError

IGNORED: Final = -100
"""The label of a token that is not learnt, in torch."""
_SAID: Final = "Answer"


class ModelInputs:
    """What a model is given for pictures and questions.

    Args:
        processor: of transformers, with a chat template; read only.

    Raises:
        UsageError: the processor has no chat template.
    """

    def __init__(self, processor: Any) -> None:
        if not processor.chat_template:
            raise UsageError(
                "The model has no chat template, which says how a question is put. Use an instruction-tuned"
                " release, or put its chat_template.jinja into the model's folder."
            )
        self._processor = processor
        tokenizer = processor.tokenizer
        self._padding = tokenizer.eos_token_id
        if tokenizer.pad_token_id is not None:
            self._padding = tokenizer.pad_token_id

    def prompt(self, question: str) -> str:
        """The question in the chat template, up to where the answer begins."""
        template = self._processor.apply_chat_template
        return str(template([_turn_of_user(question)], add_generation_prompt=True))

    def build(
        self,
        pictures: Sequence[Image],
        questions: Sequence[str],
        answers: Sequence[str] | None = None,
    ) -> Any:
        """The model's inputs, a row a picture, as a ``BatchFeature``.

        Prompts are padded on the left. With ``answers``, which follow and are padded on the right, there are ``labels``,
        too: the tokens of the answers and of their ends.

        Raises:
            UsageError: with answers, if the chat template cannot be taught.
        """
        turns = [_turn_of_user(*one) for one in zip(questions, pictures, strict=True)]
        asked = self._processor.apply_chat_template(
            [[turn] for turn in turns],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True, "padding_side": "left"},
        )
        if answers is None:
            return asked
        before = asked["input_ids"].shape[1]
        whole = self.followed_by(asked, [self.answer_ids(one) for one in answers])
        labels = whole["input_ids"].masked_fill(whole["attention_mask"] == 0, IGNORED)
        labels[:, :before] = IGNORED
        whole["labels"] = labels
        return whole

    def followed_by(self, inputs: Any, tokens: Sequence[Sequence[int]]) -> Any:
        """The inputs with further tokens behind each prompt, padded on the right."""
        import torch  # noqa: PLC0415  # seconds to load

        ids = inputs["input_ids"]
        most = max(len(one) for one in tokens)
        rows = [[*one, *[self._padding] * (most - len(one))] for one in tokens]
        there = [[int(at < len(one)) for at in range(most)] for one in tokens]
        added = {"input_ids": ids.new_tensor(rows), "attention_mask": ids.new_tensor(there)}
        longer = {}
        for name, value in inputs.items():
            if torch.is_tensor(value) and value.shape == ids.shape:  # one number a token
                new = added.get(name, torch.zeros_like(added["input_ids"])).to(value.dtype)
                value = torch.cat([value, new], 1)  # noqa: PLW2901
            longer[name] = value
        return type(inputs)(longer)

    def answer_ids(self, answer: str, *, ended: bool = True) -> tuple[int, ...]:
        """The tokens of an answer, as they follow a prompt; with the token that ends it.

        Raises:
            UsageError: the chat template cannot be taught.
        """
        lead, end = self._around
        # Tokenized behind a prompt, where that leaves the prompt's own tokens alone: a tokenizer may write the
        # beginning of a text otherwise than its middle.
        prompt = self.prompt("Question")
        before, whole = self.ids(prompt), self.ids(prompt + lead + answer)
        follows = len(whole) > len(before) and whole[: len(before)] == before
        said = whole[len(before) :] if follows else self.ids(lead + answer)
        return (*said, *(end if ended else ()))

    @cached_property
    def end_token(self) -> int | None:
        """The token that ends an answer in the chat template, if any.

        Raises:
            UsageError: the chat template cannot be taught.
        """
        _, end = self._around
        return end[0] if end else None

    @cached_property
    def _around(self) -> tuple[str, tuple[int, ...]]:
        """The text between a prompt and its answer (a blank, or nothing), and the token behind the answer."""
        prompt = self.prompt("Question")
        said = {"role": "assistant", "content": [{"type": "text", "text": _SAID}]}
        whole = str(self._processor.apply_chat_template([_turn_of_user("Question"), said]))
        before, found, after = whole.rpartition(_SAID)
        # Some templates put other blanks before an answer than at the end of a prompt. What serving asks counts.
        follows = before.startswith(prompt) or before.rstrip() == prompt.rstrip()
        if not (found and follows):
            raise UsageError(
                "The model's chat template does not begin an answered conversation with its prompt without an"
                f" answer: {prompt!r}. Such a template cannot be trained on, nor can tags be scored behind it."
            )
        special = set(self._processor.tokenizer.all_special_ids)
        ends = [one for one in self.ids(after) if one in special]
        return before.removeprefix(prompt) if before.startswith(prompt) else "", tuple(ends[:1])

    def ids(self, text: str) -> list[int]:
        """The tokens of a text alone, without begin and end."""
        return list(self._processor.tokenizer(text, add_special_tokens=False).input_ids)

    def control_tokens(self) -> frozenset[str]:
        """What the tokenizer and the processor read as tokens rather than text, in their spelling."""
        return frozenset(_controls(self._processor))


def _turn_of_user(question: str, picture: Image | None = None) -> dict[str, object]:
    image = {"type": "image"} if picture is None else {"type": "image", "image": picture}
    return {"role": "user", "content": [image, {"type": "text", "text": question}]}


def _controls(processor: Any) -> Iterator[str]:
    tokenizer = processor.tokenizer
    yield from tokenizer.all_special_tokens
    for token in tokenizer.added_tokens_decoder.values():
        # Words, signs and runs of blanks that someone added to a vocabulary stay what they are.
        if token.special or (token.content[:1] in "<[{|" and token.content[-1:] in ">]}|"):
            yield token.content
    for name, value in vars(processor).items():
        if name.endswith("_token") and isinstance(value, str):
            yield value
