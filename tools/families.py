"""The table of model families in docs/models.md: ``python -m tools.families`` writes it anew.

What it says is checked, and compared with these rows: tests/families runs every family, as a tiny checkpoint of its own
classes, through captions, scores, training and merging, tests/captioning/engines/test_similarity.py those that compare,
and `make engines` vLLM, which is in no environment of the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "models.md"
BEGIN, END = "<!-- families: python -m tools.families -->", "<!-- end of the families -->"
PASSES: Final = "passes"
REFUSED: Final = "refused"
DIFFERS: Final = "differs"  # some captions are others
NO: Final = "-"  # not what such a model does


@dataclass(frozen=True, slots=True)
class Row:
    """What a family does: ``PASSES``, ``REFUSED`` (at load, in one line), ``DIFFERS`` or ``NO``.

    Args:
        kind: of its configuration (``model_type``).
        name: for people.
        caption: a batch says what each picture says alone; titles cannot become tokens.
        score: tags' scores are those of a plain pass.
        similarity: scores are those of the models' own library, the same in a batch and alone.
        finetune: labels are the answer and its end; the prompt is that of serving, token by token.
        merge: merged model and adapter answer alike, on pictures of one size and of three.
        vllm: vLLM says what transformers says, on weights under the names that `merge` saves.
    """

    kind: str
    name: str
    caption: str = PASSES
    score: str = PASSES
    similarity: str = NO
    finetune: str = PASSES
    merge: str = PASSES
    vllm: str = PASSES


def _comparing(kind: str, name: str) -> Row:
    """A family that compares pictures with texts."""
    return Row(kind, name, REFUSED, REFUSED, PASSES, REFUSED, NO, NO)


ROWS: Final = {
    "llava15": Row("llava", "LLaVA-1.5"),
    "onevision": Row("llava_onevision", "LLaVA-OneVision"),
    "smolvlm": Row("smolvlm", "SmolVLM"),
    "qwen25vl": Row("qwen2_5_vl", "Qwen2.5-VL"),
    "qwen3vl": Row("qwen3_vl", "Qwen3-VL"),
    "gemma3": Row("gemma3", "Gemma 3", vllm=DIFFERS),
    "internvl": Row("internvl", "InternVL (converted for transformers)"),
    "clip": _comparing("clip", "CLIP"),
    "metaclip2": _comparing("metaclip_2", "MetaCLIP 2"),
    "siglip": _comparing("siglip", "SigLIP"),
    "siglip2": _comparing("siglip2", "SigLIP 2"),
    "openclip": _comparing("OpenCLIP", "OpenCLIP's folders, e.g. MobileCLIP"),
}


def family_table() -> str:
    """The table, as Markdown."""
    lines = [
        "| family | caption | score | similarity | finetune | merge | vLLM |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in ROWS.values():
        cells = (row.caption, row.score, row.similarity, row.finetune, row.merge, row.vllm)
        lines.append(f"| {row.name} (`{row.kind}`) | {' | '.join(cells)} |")
    return "\n".join(lines)


def page_with_families(text: str) -> str:
    """The page with the table as it is now.

    Raises:
        ValueError: it has no place for it.
    """
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not between.search(text):
        raise ValueError(f"{PAGE} lacks the lines {BEGIN} and {END}.")
    return between.sub(lambda _: f"{BEGIN}\n{family_table()}\n{END}", text)


if __name__ == "__main__":
    PAGE.write_text(page_with_families(PAGE.read_text()))
