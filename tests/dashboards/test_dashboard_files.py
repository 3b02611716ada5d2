"""dashboards/movietag.ndjson without any server: it is what the code writes, and whole."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from movietag.dashboards.checking import misplaced, unresolved
from movietag.dashboards.kql import clauses, parse_kql
from movietag.dashboards.objects import DASHBOARDS, ndjson
from movietag.dashboards.panels import Panel
from movietag.dashboards.saved_objects import Objects, parse_objects
from movietag.dashboards.views import TAGS_VIEW

ROOT = Path(__file__).parents[2]
FILE = ROOT / "dashboards" / "movietag.ndjson"


def objects() -> Objects:
    return Objects(parse_objects(FILE.read_bytes()))


def test_the_file_is_what_the_code_writes() -> None:
    assert FILE.read_bytes() == ndjson(), "Run: make dashboards"


def test_every_object_says_of_which_version_it_is() -> None:
    for one in objects().all:
        assert set(one) >= {"id", "type", "attributes", "references"}
        assert one["coreMigrationVersion"] == "8.8.0"
        assert one["typeMigrationVersion"] in {"8.0.0", "8.9.0"}


def test_every_dashboard_is_there_with_its_panels() -> None:
    found = objects()
    panels = {
        one["attributes"]["title"]: [shown.panel for shown in found.panels(one)]
        for one in found.dashboards()
    }
    assert panels == {one.title: [panel.title for panel in one.panels] for one in DASHBOARDS}
    assert sum(map(len, panels.values())) > 30


def test_every_reference_resolves_and_no_panel_lies_on_another() -> None:
    assert list(unresolved(objects())) == []
    assert list(misplaced(objects())) == []


def test_ratios_and_counts_of_tags_are_of_movies_with_images() -> None:
    """A movie without images has rows of zeros, though nothing is known of it."""
    shown = [
        panel
        for one in DASHBOARDS
        for panel in one.panels
        if isinstance(panel, Panel) and panel.view == TAGS_VIEW
    ]
    assert len(shown) > 3
    for panel in shown:
        wanted = {one.field for one in parse_kql(panel.where) if one.wanted}
        assert wanted & {"images", "count"}, panel.title


def test_every_panel_shows_columns_that_it_asks_for() -> None:
    found = objects()
    for dashboard in found.dashboards():
        for shown in found.panels(dashboard):
            named = set(_columns(shown.visualization))
            assert named == set(shown.columns), shown.panel


def _columns(value: Any) -> list[str]:
    """Ids of columns anywhere in a visualization."""
    if isinstance(value, dict):
        return [name for inner in value.values() for name in _columns(inner)]
    if isinstance(value, list):
        return [name for inner in value for name in _columns(inner)]
    return [value] if isinstance(value, str) and value.startswith("column-") else []


def test_a_reference_that_leads_to_nothing_is_told() -> None:
    kept = [one for one in objects().all if one["attributes"]["title"] != "frames"]
    told = list(unresolved(Objects(kept)))
    assert any(
        line.startswith("dashboard 'movietag: a movie': reference") and line.endswith("is dangling")
        for line in told
    )
    twice = Objects([*objects().all, objects().all[0]])
    assert [line for line in unresolved(twice) if line.startswith("duplicate id")]


def test_a_panel_on_another_is_told() -> None:
    found = deepcopy(objects().all)
    (dashboard,) = [one for one in found if one["attributes"]["title"] == "movietag: the library"]
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    panels[1]["gridData"]["x"] = 0
    panels[3]["gridData"]["x"] = 40
    dashboard["attributes"]["panelsJSON"] = json.dumps(panels)
    where = "dashboard 'movietag: the library', panel"
    assert list(misplaced(Objects(found))) == [
        f"{where} 'Frames counted': overlaps 'Movies'",
        f"{where} 'Movies that failed': exceeds the width of the grid",
    ]


def test_the_part_of_kql_that_is_used() -> None:
    assert clauses('status: "a b" and not count >= 3 and ready: false') == {
        "bool": {
            "filter": [{"term": {"status": "a b"}}, {"term": {"ready": "false"}}],
            "must_not": [{"range": {"count": {"gte": 3.0}}}],
        }
    }
    assert clauses("") == {"bool": {"filter": [], "must_not": []}}
    for more in ("a: 1 or b: 2", "a", "a: b*", "(a: 1)"):
        with pytest.raises(ValueError, match="does not support"):
            list(parse_kql(more))
