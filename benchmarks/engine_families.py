"""Every family of the table in docs/models.md, by `transformers` and by `vllm`: runs in the environment of vLLM.

See `benchmarks/engines.py`. The checkpoints are those of tests/families: tiny, with random weights under their published
names, which `movietag merge` saves, too. Prints a JSON line a family, and ends with 1 where the table says otherwise.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.engine_runs import TOKENS, frames, measured
from benchmarks.made_models import plain_settings
from movietag.errors import UsageError
from tools.families import DIFFERS, PASSES, REFUSED, ROWS

SIZES: Final = ((640, 360), (640, 360), (360, 640), (320, 240), (200, 200))
OPTIONS: Final = {"enforce_eager": True, "max_model_len": 2048, "max_num_seqs": 4}


def family_line(name: str, folder: Path) -> dict[str, object]:
    """What vLLM makes of a family's checkpoint: ``PASSES`` where captions and their ends are those of transformers."""
    plain = plain_settings(folder, TOKENS, 1)
    jpegs = frames(2 * len(SIZES), SIZES)
    wanted, _ = measured(plain, jpegs)
    line: dict[str, object] = {"family": name, "frames": len(jpegs)}
    try:
        answers, _ = measured(replace(plain, engine="vllm", engine_options=OPTIONS), jpegs)
    except UsageError as error:
        return line | {"vllm": REFUSED, "because": str(error)}
    equal = sum(one == other for one, other in zip(answers, wanted, strict=True))
    different = len({str(one) for one in wanted})
    verdict = PASSES if equal == len(jpegs) else DIFFERS
    return line | {"vllm": verdict, "equal": equal, "different captions": different}


def main() -> None:
    """Compare the families of the command line, else all."""
    made: Any = import_module("support.families")  # of the tests
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in sys.argv[1:] or made.FAMILIES:
            line = family_line(name, made.family_folder(Path(scratch), name))
            if line["vllm"] != ROWS[name].vllm:
                wrong += 1
                line["docs/models.md says"] = ROWS[name].vllm
            print(json.dumps(line), flush=True)
    sys.exit(min(wrong, 1))


if __name__ == "__main__":
    main()
