"""Every block of README and docs/ has a language and can be read; what cannot be run has one reason."""

from __future__ import annotations

import ast
import json
import subprocess
import tomllib

import pytest
import yaml
from support.page_blocks import PARSED, RUN, SHELL, PageBlock, blocks

ALL = list(blocks(*RUN, "json", "toml", "yaml", ""))
COMMAND = (
    "movietag ",
    "curl ",
    "export ",
    "pip install",
    "kubectl ",
    "docker ",
    "python ",
    "make ",
)


@pytest.mark.heavy
def test_bash_reads_every_block_of_shell() -> None:
    code = "\n".join(f"f() {{\n{one.code}\n}}" for one in ALL if one.kind in SHELL)
    done = subprocess.run(
        ["bash", "-n"], input=code, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    "block", [one for one in ALL if one.kind not in (*SHELL, "")], ids=lambda one: one.name
)
def test_a_block_can_be_read(block: PageBlock) -> None:
    match block.kind:
        case "python":
            ast.parse(block.code)
        case "toml":
            tomllib.loads(block.code)
        case "yaml":
            assert list(yaml.safe_load_all(block.code))
        case _:
            lines = block.code.splitlines() if "}\n{" in block.code else [block.code]
            assert all(json.loads(line) for line in lines)


def test_commands_are_marked_as_shell() -> None:
    assert [one.name for one in ALL if one.kind == "" and one.code.startswith(COMMAND)] == []


def test_a_reason_is_that_of_some_block_and_a_block_has_one_at_most() -> None:
    runnable = [one for one in ALL if one.kind in RUN]
    assert [one.name for one in runnable if len(one.reasons) > 1] == []
    unused = [
        (page, start)
        for page, known in PARSED.items()
        for start in known
        if not any(one.page.name == page and one.code.startswith(start) for one in runnable)
    ]
    assert unused == []


def test_most_pages_have_blocks_that_can_be_run() -> None:
    run = [one for one in ALL if one.kind in RUN and not one.reasons]
    assert len(run) > 40
    assert {"README.md", "api.md", "search.md", "tutorial.md", "frames.md"} <= {
        one.page.name for one in run
    }
