from __future__ import annotations

import struct
import subprocess
import sys
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest

from movietag.errors import UsageError
from movietag.research.evaluation.figures import figures
from movietag.research.evaluation.results import Evaluation
from movietag.research.evaluation.tradeoff import _heaps

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def made(evaluation: Evaluation) -> dict[str, bytes]:
    return figures(evaluation, "strict")


def test_the_papers_figures_and_the_one_it_lacks(made: dict[str, bytes]) -> None:
    stems = {name.rpartition(".")[0] for name in made}
    assert stems == {
        "figure2-tags-before",
        "figure3-tags-after",
        "figure4-match-before",
        "figure5-match-after",
        "figure6-precision",
    }
    for name, content in made.items():
        if name.endswith(".svg"):
            assert ElementTree.fromstring(content).tag.endswith("svg")
        else:
            assert content.startswith(b"\x89PNG")
            width, height = struct.unpack(">II", content[16:24])
            assert width > 1000
            assert height > 400


def test_the_same_evaluation_gives_the_same_bytes(
    evaluation: Evaluation, made: dict[str, bytes]
) -> None:
    assert figures(evaluation, "strict") == made
    assert not any(b"<dc:date>" in content for content in made.values())


def test_before_and_after_differ(made: dict[str, bytes]) -> None:
    assert made["figure2-tags-before.png"] != made["figure3-tags-after.png"]
    assert made["figure4-match-before.png"] != made["figure5-match-after.png"]


def test_another_group(evaluation: Evaluation, made: dict[str, bytes]) -> None:
    assert figures(evaluation, "other")["figure6-precision.svg"] != made["figure6-precision.svg"]


def test_many_movies_are_drawn_without_their_names(evaluation: Evaluation) -> None:
    def many(at: int) -> object:
        run = evaluation.runs[at]
        groups = tuple(
            msgspec.structs.replace(part, movies=part.movies * 10) for part in run.groups
        )
        return msgspec.structs.replace(run, groups=groups)

    found = figures(msgspec.structs.replace(evaluation, runs=(many(0), many(1))), "all")
    height = struct.unpack(">I", found["figure4-match-before.png"][20:24])[0]
    assert height < 1200


def test_a_title_that_is_no_formula_and_in_no_font(evaluation: Evaluation) -> None:
    run = msgspec.structs.replace(evaluation.runs[0], run="$\\frac{$ 달빛 정원 <&>")
    assert figures(msgspec.structs.replace(evaluation, runs=(run, *evaluation.runs[1:])), "all")


def test_what_cannot_be_drawn(evaluation: Evaluation) -> None:
    with pytest.raises(UsageError, match="need two runs"):
        figures(msgspec.structs.replace(evaluation, runs=evaluation.runs[:1]), "all")
    run = msgspec.structs.replace(evaluation.runs[1], groups=evaluation.runs[1].groups[:1])
    partial = msgspec.structs.replace(evaluation, runs=(evaluation.runs[0], run))
    with pytest.raises(UsageError, match="after was not scored on the group 'other'"):
        figures(partial, "other")


def test_points_that_lie_on_each_other_get_one_label() -> None:
    at = [np.array(point) for point in ((0.0, 0.0), (50.0, 0.0), (3.0, 4.0))]
    assert _heaps(at) == [[0, 2], [1]]


def test_the_commands_do_not_load_matplotlib() -> None:
    code = "import sys, movietag.cli.figures, movietag.cli.evaluate; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
