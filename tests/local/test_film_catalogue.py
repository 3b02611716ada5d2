"""What `movietag doctor` says of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from movietag.local.doctor import examine
from movietag.local.film_catalogue import catalogue
from movietag.local.findings import CheckResult
from movietag.settings import Settings


@pytest.mark.parametrize(
    ("changed", "verdict", "says"),
    [
        ({}, CheckResult.OK, "off"),
        ({"catalogue": "wikidata"}, CheckResult.NOTE, "MOVIETAG_CATALOGUE_CONTACT"),
        (
            {"catalogue": "wikidata", "catalogue_contact": "mailto:me@example.org"},
            CheckResult.OK,
            "wikidata at www.wikidata.org, as movietag/",
        ),
        ({"catalogue": "tmdb"}, CheckResult.MISSING, "movietag_tmdb_key"),
        (
            {"catalogue": "tmdb", "tmdb_key": "0123456789abcdef"},
            CheckResult.OK,
            "not endorsed or certified by TMDB",
        ),
        ({"catalogue": "tmdb", "rank": False}, CheckResult.NOTE, "MOVIETAG_RANK"),
        (
            {"catalogue": "wikidata", "catalogue_url": "http://films.example"},
            CheckResult.MISSING,
            "must begin with https://",
        ),
    ],
)
def test_what_doctor_says_of_the_catalogue(
    changed: dict[str, Any], verdict: CheckResult, says: str
) -> None:
    finding = catalogue(Settings(**changed))
    assert finding.verdict is verdict
    assert says in f"{finding.found}. {finding.remedy}"
    assert "0123456789abcdef" not in f"{finding.found} {finding.remedy}"


@pytest.mark.heavy
def test_it_is_among_the_checks() -> None:
    assert "catalogue" in [finding.name for finding in examine(Settings())]
