"""Every example of docs/library.md is run, and prints what the page shows below it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import movietag
from movietag.drawn.encode import encode_shot, write_video
from movietag.drawn.shots import draw_shot

pytestmark = pytest.mark.heavy

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
README = PAGE.parents[1] / "README.md"
EXAMPLE = re.compile(
    r"^## (?P<heading>[^\n]+)\n(?:(?!^```).)*?^```python\n(?P<code>.*?)^```\n\n```text\n(?P<output>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
WIDTH, HEIGHT, FRAMES = 320, 180, 60
MOST_LINES = 20


class Example(NamedTuple):
    heading: str
    code: str
    output: str


EXAMPLES = [Example(*found.groups()) for found in EXAMPLE.finditer(PAGE.read_text("utf-8"))]
SEARCHES = [one for one in EXAMPLES if "open_library" in one.code]
OTHERS = [one for one in EXAMPLES if one not in SEARCHES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with film.mp4: four drawn shots, one of them twice."""
    made = tmp_path_factory.mktemp("film")
    shots = [
        encode_shot(draw_shot(number, (tag,), WIDTH, HEIGHT, FRAMES), WIDTH, HEIGHT)
        for number, tag in enumerate(("horror", "romantic", "sci-fi"))
    ]
    write_video(made / "film.mp4", [*shots, shots[0]], WIDTH, HEIGHT)
    return made


def printed(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("example", OTHERS, ids=lambda one: one.heading)
def test_an_example_prints_what_the_page_says(example: Example, folder: Path) -> None:
    assert printed(example.code, folder) == example.output


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("example", SEARCHES, ids=lambda one: one.heading)
def test_a_search_prints_what_the_page_says(example: Example, tmp_path: Path) -> None:
    assert printed(example.code, tmp_path) == example.output


def test_every_example_is_short_and_has_its_output() -> None:
    assert len(EXAMPLES) == PAGE.read_text("utf-8").count("```python")
    assert [one.heading for one in EXAMPLES if one.code.count("\n") >= MOST_LINES] == []


def test_the_readmes_example_is_one_of_the_page() -> None:
    shown = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert shown
    assert set(shown) <= {one.code for one in EXAMPLES}


def test_the_page_names_every_public_name() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name in movietag.__all__ if f"`{name}`" not in text] == []


def test_importing_movietag_loads_nothing_heavy() -> None:
    """Nor any of its own modules: a name is imported when it is first used."""
    code = "import sys, movietag; print([name for name in sys.modules if name.startswith('movietag.')])"
    assert printed(code, Path.cwd()) == "[]\n"


def test_no_public_name_loads_faust_or_torch() -> None:
    code = "import sys; from movietag import *; print({'faust', 'torch', 'transformers'} & {*sys.modules})"
    assert printed(code, Path.cwd()) == "set()\n"


def test_a_name_that_is_not_public_is_reported() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = movietag.nonsense  # type: ignore[attr-defined]
    assert set(movietag.__all__) <= set(dir(movietag))
