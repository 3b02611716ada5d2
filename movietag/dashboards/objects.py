"""The saved objects of our dashboards, as Kibana imports them: one JSON object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from movietag.dashboards import lens
from movietag.dashboards.library import HEAT, LIBRARY, MOVIE
from movietag.dashboards.panels import Control, Dashboard, Documents, Panel, View
from movietag.dashboards.running import EVALUATION, PIPELINE
from movietag.dashboards.saved_objects import VIEW_OF, object_id
from movietag.dashboards.views import VIEWS
from movietag.documents import Json

DASHBOARDS: Final = (LIBRARY, HEAT, MOVIE, PIPELINE, EVALUATION)
PANEL_VERSION: Final = "8.9.0"
VERSIONS: Final = {"dashboard": "8.9.0", "search": "8.0.0", "index-pattern": "8.0.0"}
"""The format version of each type: Kibana migrates older ones, and refuses newer ones."""
_NO_FILTER: Final = {"query": {"query": "", "language": "kuery"}, "filter": []}
_SOURCE: Final = "kibanaSavedObjectMeta.searchSourceJSON.index"


def ndjson() -> bytes:
    """The whole file: the data views, then each dashboard, preceded by its lists of documents."""
    own = [one for dashboard in DASHBOARDS for one in objects(dashboard)]
    every = [*(view_object(view) for view in VIEWS), *own]
    return b"".join(_compact(one).encode() + b"\n" for one in every)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def view_object(view: View) -> Json:
    """A data view."""
    url = {"id": "url", "params": {"type": "a", "labelTemplate": "open"}}
    plain = {"id": "number", "params": {"pattern": "0"}}
    formats = dict.fromkeys(view.links, url) | dict.fromkeys(view.plain, plain)
    attributes: Json = {
        "title": view.alias,
        "name": f"movietag: {view.alias}",
        "allowNoIndex": True,  # an index that does not exist yet is not an error
        "fields": "[]",
        "sourceFilters": "[]",
        "fieldAttrs": "{}",
        "runtimeFieldMap": "{}",
        "typeMeta": "{}",
        "fieldFormatMap": _compact(formats),
    }
    if view.time:
        attributes["timeFieldName"] = view.time
    return _object("index-pattern", object_id("view", view.alias), attributes, [])


def objects(dashboard: Dashboard) -> Iterator[Json]:
    """The saved searches of a dashboard's lists of documents, then the dashboard."""
    panels, references = [], []
    for panel in dashboard.panels:
        index = object_id(dashboard.name, panel.title)
        left, top, width, height = panel.area
        shown: Json = {
            "version": PANEL_VERSION,
            "panelIndex": index,
            "gridData": {"x": left, "y": top, "w": width, "h": height, "i": index},
            "title": panel.title,
        }
        if isinstance(panel, Panel):
            config = {"attributes": lens.attributes(panel), "enhancements": {}}
            panels.append(shown | {"type": "lens", "embeddableConfig": config})
            own = lens.reference(panel)
            references.append(own | {"name": f"{index}:{own['name']}"})
        else:
            name = f"panel_{index}"
            panels.append(shown | {"type": "search", "embeddableConfig": {}, "panelRefName": name})
            target = {"type": "search", "id": object_id(dashboard.name, panel.title, "search")}
            references.append(target | {"name": f"{index}:{name}"})
            yield _search(dashboard, panel)
    attributes: Json = {
        "title": dashboard.title,
        "description": dashboard.about,
        "version": 1,
        "panelsJSON": _compact(panels),
        "optionsJSON": _compact({"useMargins": True, "syncCursor": True, "hidePanelTitles": False}),
        "kibanaSavedObjectMeta": {"searchSourceJSON": _compact(_NO_FILTER)},
        "timeRestore": bool(dashboard.since),
    }
    if dashboard.since:
        attributes |= {"timeFrom": dashboard.since, "timeTo": "now"}
        attributes["refreshInterval"] = {"pause": True, "value": 60_000}
    if dashboard.controls:
        attributes["controlGroupInput"] = _controls(dashboard, references)
    yield _object("dashboard", object_id("dashboard", dashboard.name), attributes, references)


def _controls(dashboard: Dashboard, references: list[Json]) -> Json:
    """The control group; adds its data views to the references."""
    panels: Json = {}
    for order, control in enumerate(dashboard.controls):
        index = object_id(dashboard.name, "control", control.field)
        panels[index] = {
            "type": control.kind,
            "order": order,
            "grow": True,
            "width": "medium",
            "explicitInput": _input(control, index),
        }
        name = f"controlGroup_{index}:{VIEW_OF[control.kind]}"
        view = object_id("view", control.view.alias)
        references.append({"type": "index-pattern", "id": view, "name": name})
    not_ignored = dict.fromkeys(
        ("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations"), False
    )
    return {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "ignoreParentSettingsJSON": _compact(not_ignored),
        "panelsJSON": _compact(panels),
    }


def _input(control: Control, index: str) -> Json:
    nothing: Json = {"selectedOptions": []}
    if control.kind == "rangeSliderControl":
        nothing = {"value": ["", ""]}
    return {
        "id": index,
        "fieldName": control.field,
        "title": control.label,
        **nothing,
        "enhancements": {},
    }


def _search(dashboard: Dashboard, documents: Documents) -> Json:
    source = {
        "query": {"query": documents.where, "language": "kuery"},
        "filter": [],
        "indexRefName": _SOURCE,
    }
    attributes: Json = {
        "title": f"{dashboard.title}: {documents.title}",
        "description": "",
        "columns": list(documents.fields),
        "sort": [list(documents.sort)],
        "hideChart": True,
        "grid": {},
        "kibanaSavedObjectMeta": {"searchSourceJSON": _compact(source)},
    }
    view = object_id("view", documents.view.alias)
    reference = {"type": "index-pattern", "id": view, "name": _SOURCE}
    index = object_id(dashboard.name, documents.title, "search")
    return _object("search", index, attributes, [reference])


def _object(kind: str, index: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "type": kind,
        "id": index,
        "attributes": attributes,
        "references": references,
        "managed": False,
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": VERSIONS[kind],
    }
