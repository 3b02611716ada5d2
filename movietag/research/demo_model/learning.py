"""Training the demo model, in two steps that both write their weights into the one LLaVA.

1. The vision tower learns which motifs are in a picture, with a temporary linear head per grid cell (a tag is
   present if it is in any cell).
2. Projector and language model learn to write the tags, on the frozen tower's features, computed once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.research.demo_model.dataset import batches
from movietag.research.demo_model.design import PROMPTS, VISION_WIDTH, Model, Processor
from movietag.vocabulary.sentence import sentence

Pictures = NDArray[np.uint8]
Tags = NDArray[np.bool_]
Report = Callable[[int, float], None]
"""Called with the number of a finished step and its loss."""
Ask = Callable[[np.random.Generator, Sequence[str]], tuple[str, str]]

BATCH = 64


@dataclass(frozen=True, slots=True)
class Course:
    """The amount of a language model's training: steps, each of a batch of pictures."""

    steps: int
    batch: int = BATCH


def normalise_pictures(pictures: Pictures, processor: Processor) -> torch.Tensor:
    """Pictures (n, side, side, 3) in the form of the processor: (n, 3, side, side)."""
    mean = torch.tensor(processor.image_processor.image_mean).view(3, 1, 1)
    std = torch.tensor(processor.image_processor.image_std).view(3, 1, 1)
    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - mean) / std


def train_tower(
    model: Model,
    processor: Processor,
    pictures: Pictures,
    tags: Tags,
    steps: int,
    seed: int,
    report: Report,
) -> None:
    """Step 1. Two heads, one on the ResNet's grid, one on the last layer; both shape the tower."""
    tower = model.model.vision_tower
    grid = nn.Linear(tower.config.backbone_config.hidden_sizes[-1], len(DRAWN_TAGS))
    last = nn.Linear(VISION_WIDTH, len(DRAWN_TAGS))
    maps: list[torch.Tensor] = []
    hook = tower.embeddings.projection.register_forward_pre_hook(
        lambda _, given: maps.append(given[0])
    )
    weights = [*tower.parameters(), *grid.parameters(), *last.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 3e-3, total_steps=steps, pct_start=0.15
    )
    rng = np.random.default_rng(seed)
    tower.train()
    for step, rows in zip(range(steps), batches(rng, len(pictures), BATCH), strict=False):
        batch = normalise_pictures(pictures[rows], processor)
        if rng.random() < 0.5:
            batch = batch.flip(3)
        states = tower(batch, output_hidden_states=True).hidden_states[-1][:, 1:]
        wanted = torch.from_numpy(tags[rows]).float()
        cells = grid(maps.pop().flatten(2).transpose(1, 2))
        loss = nn.functional.binary_cross_entropy_with_logits(cells.amax(1), wanted)
        loss += nn.functional.binary_cross_entropy_with_logits(last(states).amax(1), wanted)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        report(step + 1, float(loss.detach()))
    hook.remove()
    tower.eval()


def features(
    model: Model,
    processor: Processor,
    pictures: Pictures,
    report: Report,
) -> torch.Tensor:
    """The features that the tower passes to the projector: (n, grid cells, VISION_WIDTH)."""
    tower = model.model.vision_tower
    batches = []
    with torch.inference_mode():
        for first in range(0, len(pictures), BATCH):
            batch = normalise_pictures(pictures[first : first + BATCH], processor)
            batches.append(tower(batch, output_hidden_states=True).hidden_states[-1][:, 1:])
            report(first // BATCH + 1, 0.0)
    return torch.cat(batches).clone()


def question_and_answer(rng: np.random.Generator, names: Sequence[str]) -> tuple[str, str]:
    """The prompt for a picture that shows these tags, and the answer to learn."""
    return PROMPTS[int(rng.choice(len(PROMPTS), p=_PROMPT_SHARES))], sentence(names)


class Texts:
    """Prompts with captions as token ids; left padded to one length.

    ``ask`` returns the prompt, one of PROMPTS, and the caption for a picture that shows these tags.
    """

    def __init__(self, processor: Processor, ask: Ask = question_and_answer) -> None:
        self._processor = processor
        self._ask = ask
        self._tokenizer = processor.tokenizer
        cells = (processor.image_processor.crop_size["height"] // processor.patch_size) ** 2
        self._prompts = {
            prompt: self._ids(
                render_prompt(processor, prompt).replace("<image>", "<image>" * cells)
            )
            for prompt in PROMPTS
        }

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def batch(
        self, rng: np.random.Generator, tags: Tags
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Input ids, attention mask, and labels (-100 except for the caption and its end token)."""
        rows = []
        for row in tags:
            names = [tag for tag, there in zip(DRAWN_TAGS, row, strict=True) if there]
            question_and_answer, answer = self._ask(rng, names)
            rows.append(
                (
                    self._prompts[question_and_answer],
                    [*self._ids(answer), self._tokenizer.eos_token_id],
                )
            )
        longest = max(len(prompt) + len(caption) for prompt, caption in rows)
        ids = torch.full((len(rows), longest), self._tokenizer.pad_token_id)
        labels = torch.full_like(ids, -100)
        mask = torch.zeros_like(ids)
        for number, (prompt, caption) in enumerate(rows):
            length = len(prompt) + len(caption)
            ids[number, -length:] = torch.tensor(prompt + caption)
            labels[number, -len(caption) :] = torch.tensor(caption)
            mask[number, -length:] = 1
        return ids, mask, labels


_PROMPT_SHARES = (0.7, 0.15, 0.15)


def render_prompt(processor: Processor, prompt: str) -> str:
    """The prompt in the model's chat template, up to where the answer begins."""
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    return str(
        processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
    )


def train_language(
    model: Model,
    processor: Processor,
    seen: torch.Tensor,
    tags: Tags,
    course: Course,
    seed: int,
    report: Report,
    ask: Ask = question_and_answer,
) -> None:
    """Step 2, on features (n, cells, width) of the frozen tower; ``ask`` as in ``Texts``."""
    parts: Sequence[nn.Module] = (model.model.multi_modal_projector, model.model.language_model)
    weights = [weight for part in parts for weight in part.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 2e-3, total_steps=course.steps, pct_start=0.1
    )
    rng = np.random.default_rng(seed)
    texts = Texts(processor, ask)
    drawn = batches(rng, len(seen), course.batch)
    for step, rows in zip(range(course.steps), drawn, strict=False):
        ids, mask, labels = texts.batch(rng, tags[rows])
        embeddings = model.get_input_embeddings()(ids)
        projected = model.model.multi_modal_projector(seen[torch.from_numpy(rows)])
        places = (ids == model.config.image_token_id).unsqueeze(-1).expand_as(embeddings)
        embeddings = embeddings.masked_scatter(places, projected)
        states = model.model.language_model(inputs_embeds=embeddings, attention_mask=mask)
        kept = labels[:, 1:] != -100
        logits = model.lm_head(states.last_hidden_state[:, :-1][kept])
        loss = nn.functional.cross_entropy(logits, labels[:, 1:][kept])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
        report(step + 1, float(loss.detach()))
