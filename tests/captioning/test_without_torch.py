"""What commands, stages and tests import of captioning loads no torch, which takes seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.heavy

PURE = (
    "captioners",
    "fake",
    "offline",
    "phrases",
    "pictures",
    "prompt_files",
    "prompting",
    "serving_settings",
    "tagger_id",
    "thresholds",
    "triton.versions",
)


def test_the_pure_parts_import_no_torch() -> None:
    imports = "\n".join(f"import movietag.captioning.{name}" for name in PURE)
    found = "print({name for name in ('torch', 'transformers') if name in sys.modules})"
    code = f"import sys\n{imports}\n{found}"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
