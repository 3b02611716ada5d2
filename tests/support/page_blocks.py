"""The code blocks of README and docs/, and why some cannot be run on the demo's library: they are only parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK: Final = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
SHELL: Final = ("sh", "bash", "console")
RUN: Final = (*SHELL, "python")

CLIENT = "wants a client that is not of movietag"
CLUSTER = "wants Docker, Kubernetes or Kibana"
GENERATED = "generated; each line is checked against the commands"
MODEL = "wants a model of gigabytes, training data or a GPU"
MINE = "names files or letters that only a reader has"
SITES = "asks sites for videos"
SETS_UP = "installs, starts, stops or empties a stack"

# By page: how a block begins, and why it is only parsed; "" is every block of the page.
PARSED: Final[dict[str, dict[str, str]]] = {
    "README.md": {"make demo": SETS_UP, ".venv/bin/movietag up": SITES, "echo 'The": CLIENT},
    "api.md": {"from movietag_client": CLIENT},
    "cli.md": {"": GENERATED},
    "evaluation.md": {"": MINE},
    "exporting.md": {"movietag nfo\n": MINE, "export MOVIETAG_ROOTS": SETS_UP},
    "finetuning.md": {"": MODEL},
    "frames.md": {
        "export MOVIETAG_FRAME_STORE=/srv": SETS_UP,
        "movietag recaption --all --out before": MODEL,
        "movietag prompts show": MODEL,
        "pip install": SETS_UP,
    },
    "gpu.md": {"": CLUSTER},
    "kafka.md": {"echo 'Heat": CLIENT, "from kafka": CLIENT},
    "kibana.md": {"": CLUSTER},
    "library.md": {"": "run by tests/docs/test_library_page.py, on a film and movies of its own"},
    "models.md": {
        "docker build": CLUSTER,
        "MOVIETAG_ENGINE=openai": MODEL,
        "movietag calibrate": MODEL,
        "hf download": MODEL,
    },
    "operations.md": {
        "pip install": SETS_UP,
        "for stage in": CLUSTER,
        "movietag status  ": MINE,
        "movietag failed": MINE,
        "movietag dead": MINE,
        "openssl": CLUSTER,
        "kubectl": CLUSTER,
        "PASSWORD=": CLUSTER,
    },
    "own-films.md": {"": MINE},
    "page.md": {"movietag clip": MINE},
    "queue.md": {
        "movietag add --from": MINE,
        "kcat": CLIENT,
        "movietag cancel": MINE,
    },
    "runbook.md": {"movietag status": "says what is wrong with the machine that runs it"},
    "search.md": {
        "export MOVIETAG_EMBEDDER": "run by tests/search/test_search_page.py, with vectors"
    },
    "study.md": {"": MODEL},
    "titles.md": {"": SITES},
    "tutorial.md": {"export MOVIETAG_ROOTS": SETS_UP, "movietag down": SETS_UP},
    "vocabularies.md": {"movietag retag": MINE, "movietag vocabulary list": MINE},
}


class PageBlock(NamedTuple):
    """A block of code: its page, the line on which it begins, its language, and its text."""

    page: Path
    line: int
    kind: str
    code: str

    @property
    def name(self) -> str:
        """Where it is, for people."""
        return f"{self.page.name}:{self.line}"

    @property
    def reasons(self) -> list[str]:
        """Why it cannot be run; empty: it can."""
        known = PARSED.get(self.page.name, {})
        return [why for start, why in known.items() if self.code.startswith(start)]


def blocks(*kinds: str) -> Iterator[PageBlock]:
    """The blocks of all pages in these languages, in their order."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in BLOCK.finditer(text):
            if found["kind"] in kinds:
                indent = found["indent"]
                code = re.sub(rf"^{indent}", "", found["code"], flags=re.MULTILINE)
                yield PageBlock(page, text.count("\n", 0, found.start()) + 1, found["kind"], code)
