from __future__ import annotations

import msgspec

from movietag.research.evaluation.markdown import SHOWN, full_report, narrow_report
from movietag.research.evaluation.measures import MEASURES
from movietag.research.evaluation.results import Choices, Evaluation


def test_the_report_says_what_was_chosen_and_has_every_baseline(evaluation: Evaluation) -> None:
    text = full_report(evaluation)
    assert "True: relevance >= 0.3; assigned: in 1 image or more." in text
    assert "95% percentile interval of 200 resamples of the movies, seed 1" in text
    assert "A match ratio alone says little" in text
    for row in ("| **before** |", "| constant top ", "| all 51 tags, always |", "| random,"):
        assert row in text
    assert "## after minus before: 12 movies that both have" in text
    assert "prank" in text
    for name in SHOWN:
        assert MEASURES[name] in text


def test_every_table_is_whole(evaluation: Evaluation) -> None:
    width = None
    for line in full_report(evaluation).splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else None
        assert width is None or cells is None or cells == width, line
        width = cells


def test_a_cut_on_the_ratio_is_told(evaluation: Evaluation) -> None:
    cut = msgspec.structs.replace(evaluation, choices=Choices(min_ratio=0.1))
    assert "assigned: in 0.1 of the images or more" in full_report(cut)


def test_names_are_no_markdown(evaluation: Evaluation) -> None:
    run = msgspec.structs.replace(evaluation.runs[0], run="a|b<c>*\n# d")
    text = full_report(msgspec.structs.replace(evaluation, runs=(run,), comparisons=()))
    assert "a\\|b\\<c\\>\\* \\# d" in text
    assert "\n# d" not in text


def test_the_summary_has_no_rows_of_tags(evaluation: Evaluation) -> None:
    assert "each tag" not in narrow_report(evaluation)
    assert "auc_tags" in narrow_report(evaluation)
