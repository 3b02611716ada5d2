"""Precision and recall of the judgement of titles, over every table: `python -m benchmarks.ranking` prints more."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ranking import (
    CATALOGUE,
    CHOOSERS,
    OTHER_TITLES,
    lists,
    pairs,
    tables,
    with_catalogue,
)

TABLES = tables(sorted(Path(__file__).parent.glob("ranking*.tsv")))
PRECISION, RECALL = 0.97, 0.80


@pytest.mark.slow
@pytest.mark.parametrize("table", sorted(TABLES))
def test_goals_are_met(table: str) -> None:
    for measure in (pairs, lists):
        precision, recall = measure(TABLES[table], CHOOSERS["now"])
        assert precision >= PRECISION
        assert recall >= RECALL
        former = measure(TABLES[table], CHOOSERS["0.1"])
        assert (precision, recall) > former


@pytest.mark.slow
def test_goals_with_a_catalogue_are_met() -> None:
    """On the tables whose films the file has; one is of names in other languages, which are refused without it."""
    others = tables([OTHER_TITLES])
    goals = (
        (TABLES["ranking"], 0.99, 0.95),
        (others["other_titles first"], 0.99, 0.95),
        (others["other_titles second"], 0.95, 0.95),
    )
    for measure in (pairs, lists):
        for rows, least_precision, least_recall in goals:
            precision, recall = measure(rows, with_catalogue(CATALOGUE))
            assert precision >= least_precision
            assert recall >= least_recall
        assert all(measure(rows, CHOOSERS["now"])[1] < 0.2 for rows in others.values())
