"""Every block of docs/search.md is run on an Elasticsearch filled with known movies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.addresses import search_environment
from support.patience import patience

from movietag.local.stack import Stack
from movietag.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "search.md"
ADDRESS = "http://127.0.0.1:19200"
HOME = '"${MOVIETAG_HOME:-$HOME/.local/share/movietag}"'
SAME_HERE = ("haunt patrol", "laugh or die")  # the demo's movie with horror and comedy, and ours
BLOCK = re.compile(
    r"^###? (?P<heading>.+?)$|^```(?P<kind>sh|python)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
# By heading: what the answer must hold, in this order, and what it must not hold.
ANSWERS: dict[str, tuple[list[str], list[str]]] = {
    "Movies by a query": (["One Grin", "Moonlit Harbor", "The Barn"], ["Laugh or Die"]),
    "Plain words": (["Moonlit Harbor"], ["Dune"]),
    "Several tags, one of them quoted": (["One Grin", "Moonlit Harbor"], ["Dune", "The Barn"]),
    "What a movie says": (["Moonlit Harbor"], ["Up"]),
    "What is not known": (["Dune", "Nobody Finds This"], ["One Grin"]),
    "Titles, however they are spelled": (["Moonlit Harbor"], ["Up"]),
    "What cannot be read": (
        [
            "no tag 'comdy'. Did you mean comedy",
            "\n  horror and (comdy or gothic)\n              ^\n",
            "Try: horror and (comedy or gothic)",
            "exit code 2",
        ],
        [],
    ),
    "In which order": (["One Grin", "Laugh or Die", "Movies 1 to 2 of 4"], []),
    "The order of titles": (["The Barn", "Dune", "Dune", "Movies 1 to 3 of 11"], ["Laugh or Die"]),
    "Why a movie is there": (
        [
            "The Barn [('horror>=30%', 0.3), ('western', 0.9), ('not comedy', 0.0)]",
            "One Grin [('horror>=30%', 0.8), ('not comedy', 0.08)]",
        ],
        ["Laugh or Die"],
    ),
    "By meaning": (
        ["frames got a vector (vectors.minilm_84aad4c5); all 316 have one.", "meaning #1 (0."],
        ["murder"],
    ),
    "Options instead of a query": (["One Grin", "Moonlit Harbor", "The Barn"], ["Laugh or Die"]),
    "A search by its name": (
        ["Saved.", "scary", "horror>=30% and not comedy", "One Grin", "Moonlit Harbor", "Removed."],
        ["The Barn"],
    ),
    "Scenes by a query": (
        ["Moonlit Harbor (1998)", "a.mp4#t=", "1 scenes with 10 of 20 frames"],
        ["Laugh"],
    ),
    "One movie": (["gothic(63, 76.83%), horror(41, 50.00%)"], []),
    "Why a movie is not there": (
        ["Laugh or Die (2010) does not match:", "not comedy: comedy has 50.0%", "exit code 1"],
        [],
    ),
    "Similar movies": (["One Grin (2011)", "horror, comedy"], ["Up"]),
    "What sets a movie apart": (["gothic(63, 76.83%, ", "x), ", "Moonlit Harbor"], []),
    "Take it with you": (
        [
            "movie_id,title,year,status,images,tags,",
            "grin,One Grin,2011,complete,50,",
            "movie_id,title,year,images,tag,count,ratio,lift,not_whole",
            "harbor,Moonlit Harbor,1998,82,gothic,63,0.76",
        ],
        [],
    ),
    "Further pages": (["Moonlit Harbor", "Movies 2 to 2 of 4", "--previous"], ["One Grin"]),
    "In scripts": (["One Grin 0.8", "Moonlit Harbor 0.5", "The Barn 0.3"], ["Up"]),
    "Horror, but no comedy": (["One Grin", "Moonlit Harbor", "The Barn"], ["Laugh or Die"]),
    "The same in one line": (["One Grin", "Moonlit Harbor", "The Barn"], ["Laugh or Die"]),
    "Sorted by a tag": (["romantic", "0.75"], ["Harbor"]),
    "Facets: which tags the found movies have": (
        ['"key":"horror","doc_count":4', '"key":"murder","doc_count":2'],
        ["romantic"],
    ),
    "Facets: the mean ratio of each tag": (['"key":"sci-fi"', '"key":"horror"'], ['"error":']),
    "Scenes, one movie a hit": (["a.mp4#t=0.0", "a.mp4#t=6.25"], ["t=12.5"]),
    "What failed, and why": (['"key":"plan"', '"key":"bad-title"'], []),
    "In Python": (["One Grin: horror(40, 80.00%)", "The Barn: horror(3, 30.00%)"], ["Dune"]),
    "Movies like another one": (["One Grin"], ["Moonlit Harbor"]),
}


@dataclass(frozen=True)
class Example:
    heading: str
    kind: str
    code: str


def examples() -> list[Example]:
    found: list[Example] = []
    heading = ""
    for match in BLOCK.finditer(PAGE.read_text("utf-8")):
        heading = match["heading"] or heading
        if match["kind"]:
            found.append(Example(heading, match["kind"], match["code"]))
    return found


def test_every_example_has_an_answer_to_be_checked() -> None:
    assert [example.heading for example in examples()] == list(ANSWERS)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.heading)
def test_an_example_does_what_the_page_says(
    example: Example, library: Settings, stack: Stack
) -> None:
    code = example.code.replace(ADDRESS, library.elasticsearch_url)
    code = code.replace(HOME, str(stack.where.home)).replace(*SAME_HERE)
    if example.kind == "python":
        command = [sys.executable, "-c", code]
    else:
        ours = f'movietag() {{ "{sys.executable}" -m movietag.cli "$@"; }}\n'
        command = ["bash", "-euo", "pipefail", "-c", ours + code]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
        env={
            **os.environ,
            **search_environment(library),
            "MOVIETAG_VOCABULARY": library.vocabulary,
        },
    )
    assert done.returncode == 0, done.stderr
    present, absent = ANSWERS[example.heading]
    at = 0
    for part in present:
        assert part in done.stdout[at:], f"{part!r} is missing, or comes too early"
        at = done.stdout.index(part, at)
    for part in absent:
        assert part not in done.stdout
