"""Precision and recall of the judgement of titles, over every table: `python -m benchmarks.ranking` prints more."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ranking import CATALOGUE, CHOOSERS, lists, pairs, tables, with_catalogue

TABLES = tables(sorted(Path(__file__).parent.glob("ranking*.tsv")))
PRECISION, RECALL = 0.97, 0.80


@pytest.mark.heavy
@pytest.mark.parametrize("table", sorted(TABLES))
def test_goals_are_met(table: str) -> None:
    for measure in (pairs, lists):
        precision, recall = measure(TABLES[table], CHOOSERS["now"])
        assert precision >= PRECISION
        assert recall >= RECALL
        former = measure(TABLES[table], CHOOSERS["0.1"])
        assert (precision, recall) > former


@pytest.mark.heavy
def test_goals_with_a_catalogue_are_met() -> None:
    """On the table whose films the file has."""
    for measure in (pairs, lists):
        precision, recall = measure(TABLES["ranking"], with_catalogue(CATALOGUE))
        assert precision >= 0.99
        assert recall >= 0.95
