"""Reads saved objects back: the panels, lists and controls of each dashboard, with references resolved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from movietag.dashboards.panels import ControlKind
from movietag.documents import Json
from movietag.index_names import INDEX_PREFIX

VIEW_OF: Final[Mapping[ControlKind, str]] = {
    "optionsListControl": "optionsListDataView",
    "rangeSliderControl": "rangeSliderDataView",
}
"""What a control's reference to its data view is named after."""


@dataclass(frozen=True, slots=True)
class ResolvedPanel:
    """A panel or list of a dashboard, with its references resolved.

    Attributes:
        alias: of its data view; ``time`` is that view's time field.
        columns: of a Lens panel, in order, by id; empty for a list of documents.
        fields: of a list of documents; ``sort``: the fields by which it is sorted.
        shape: the kind of Lens panel, or `search`; ``visualization``: its display settings.
        area: left, top, width, height.
    """

    dashboard: str
    panel: str
    alias: str
    time: str | None
    query: str
    shape: str
    area: tuple[int, int, int, int]
    columns: Mapping[str, Json]
    visualization: Json
    fields: tuple[str, ...] = ()
    sort: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedControl:
    """A control of a dashboard: the values of a field of a data view."""

    dashboard: str
    label: str
    alias: str
    field: str
    kind: ControlKind


def parse_objects(data: bytes) -> list[Json]:
    """Parse the objects of an NDJSON file."""
    return [json.loads(line) for line in data.splitlines()]


class Objects:
    """Saved objects by type and id."""

    def __init__(self, objects: Sequence[Json]) -> None:
        self.all = objects
        self._by_id = {(one["type"], one["id"]): one for one in objects}

    def dashboards(self) -> Iterator[Json]:
        """The dashboards."""
        return (one for one in self.all if one["type"] == "dashboard")

    def target(self, owner: Json, name: str) -> Json:
        """The object that a reference points to.

        Raises:
            LookupError: the reference does not exist, or is dangling.
        """
        for reference in owner["references"]:
            if reference["name"] == name:
                found = self._by_id.get((reference["type"], reference["id"]))
                if found is None:
                    raise LookupError(f"reference {name!r} is dangling")
                return found
        raise LookupError(f"no reference {name!r}")

    def panels(self, dashboard: Json) -> Iterator[ResolvedPanel]:
        """The panels and lists of a dashboard; raises like ``target``."""
        title = dashboard["attributes"]["title"]
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            grid = panel["gridData"]
            area = (grid["x"], grid["y"], grid["w"], grid["h"])
            if panel["type"] == "lens":
                yield self._lens(dashboard, title, panel, area)
            else:
                yield self._search(dashboard, title, panel, area)

    def controls(self, dashboard: Json) -> Iterator[ResolvedControl]:
        """The controls of a dashboard; raises like ``target``."""
        group = dashboard["attributes"].get("controlGroupInput")
        for index, panel in json.loads(group["panelsJSON"]).items() if group else ():
            settings = panel["explicitInput"]
            view = self.target(dashboard, f"controlGroup_{index}:{VIEW_OF[panel['type']]}")
            yield ResolvedControl(
                dashboard["attributes"]["title"],
                settings["title"],
                view["attributes"]["title"],
                settings["fieldName"],
                panel["type"],
            )

    def _lens(
        self, dashboard: Json, title: str, panel: Json, area: tuple[int, int, int, int]
    ) -> ResolvedPanel:
        state = panel["embeddableConfig"]["attributes"]["state"]
        ((layer_id, layer),) = state["datasourceStates"]["formBased"]["layers"].items()
        own = f"indexpattern-datasource-layer-{layer_id}"
        view = self.target(dashboard, f"{panel['panelIndex']}:{own}")["attributes"]
        return ResolvedPanel(
            dashboard=title,
            panel=panel["title"],
            alias=view["title"],
            time=view.get("timeFieldName"),
            query=state["query"]["query"],
            shape=panel["embeddableConfig"]["attributes"]["visualizationType"],
            area=area,
            columns={name: layer["columns"][name] for name in layer["columnOrder"]},
            visualization=state["visualization"],
        )

    def _search(
        self, dashboard: Json, title: str, panel: Json, area: tuple[int, int, int, int]
    ) -> ResolvedPanel:
        target = self.target(dashboard, f"{panel['panelIndex']}:{panel['panelRefName']}")
        own = target["attributes"]
        source = json.loads(own["kibanaSavedObjectMeta"]["searchSourceJSON"])
        view = self.target(target, source["indexRefName"])["attributes"]
        return ResolvedPanel(
            dashboard=title,
            panel=panel["title"],
            alias=view["title"],
            time=view.get("timeFieldName"),
            query=source["query"]["query"],
            shape="search",
            area=area,
            columns={},
            visualization={},
            fields=tuple(own["columns"]),
            sort=tuple((field, order) for field, order in own["sort"]),
        )


NAMESPACE: Final = UUID("8d0c1c2e-6a53-4f58-9a3f-0f1d2f0f6b7a")


def object_id(*names: str) -> str:
    """The id for these names, outermost first; those of two libraries in one Kibana differ by their prefix."""
    return str(uuid5(NAMESPACE, INDEX_PREFIX + "/".join(names)))
