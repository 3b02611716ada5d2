"""Panels as Kibana's Lens stores them: what is computed (columns), and how it is displayed (visualization).

The format is that of Kibana 8.9, the first 8.x whose dashboards name their version; later ones migrate it on import.
Lens rather than Vega, whose panels ignore the filters of controls, and rather than the older aggregation-based
panels, which cannot be created in Kibana 9.
"""

from __future__ import annotations

from typing import Final

from movietag.dashboards.panels import Bucket, Dates, Panel, Ranges, Shape, Terms, Value
from movietag.dashboards.saved_objects import object_id
from movietag.documents import Json

LAYER: Final = "layer"
RECORDS: Final = "___records___"  # Lens's name for the documents themselves
KINDS: Final[dict[Shape, str]] = {
    "bars": "lnsXY",
    "columns": "lnsXY",
    "lines": "lnsXY",
    "heat": "lnsHeatmap",
    "number": "lnsMetric",
    "table": "lnsDatatable",
}
_SERIES: Final[dict[Shape, str]] = {
    "bars": "bar_horizontal",
    "columns": "bar_stacked",
    "lines": "line",
}
_PERCENT: Final[Json] = {"id": "percent", "params": {"decimals": 1}}


def attributes(panel: Panel) -> Json:
    """The attributes of a panel, as embedded in its dashboard."""
    columns = [*map(_bucket, panel.buckets), *map(_value, panel.values)]
    names = [f"column-{number}" for number in range(len(columns))]
    for column in columns:
        order = column.get("params", {}).get("orderBy", {})
        if order.get("type") == "column":
            order["columnId"] = names[len(panel.buckets)]
    layer = {
        "columns": dict(zip(names, columns, strict=True)),
        "columnOrder": names,
        "incompleteColumns": {},
        "sampling": 1,
    }
    return {
        "title": panel.title,
        "description": "",
        "type": "lens",
        "visualizationType": KINDS[panel.shape],
        "references": [reference(panel)],
        "state": {
            "visualization": _visualization(panel, names),
            "query": {"query": panel.where, "language": "kuery"},
            "filters": [],
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }


def reference(panel: Panel) -> Json:
    """The reference to the data view of a panel."""
    return {
        "type": "index-pattern",
        "id": object_id("view", panel.view.alias),
        "name": f"indexpattern-datasource-layer-{LAYER}",
    }


def _bucket(bucket: Bucket) -> Json:
    column: Json = {"label": bucket.label, "customLabel": True, "isBucketed": True}
    column["sourceField"] = bucket.field
    match bucket:
        case Terms(size=size, by_name=by_name):
            order = {"type": "alphabetical", "fallback": False} if by_name else {"type": "column"}
            return column | {
                "operationType": "terms",
                "dataType": "string",
                "scale": "ordinal",
                "params": {
                    "size": size,
                    "orderBy": order,
                    "orderDirection": "asc" if by_name else "desc",
                    "otherBucket": False,
                    "missingBucket": False,
                    "parentFormat": {"id": "terms"},
                    "include": [],
                    "exclude": [],
                    "includeIsRegex": False,
                    "excludeIsRegex": False,
                },
            }
        case Ranges(edges=edges, percent=percent):
            ends = [*edges[1:], None]
            ranges = [{"from": a, "to": b, "label": ""} for a, b in zip(edges, ends, strict=True)]
            params: Json = {"type": "range", "ranges": ranges, "maxBars": "auto"}
            how = {"template": "arrow_right", "replaceInfinity": True}
            params["parentFormat"] = {"id": "range", "params": how}
            return column | {
                "operationType": "range",
                "dataType": "string",
                "scale": "ordinal",
                "params": params | ({"format": _PERCENT} if percent else {}),
            }
        case Dates():
            return column | {
                "operationType": "date_histogram",
                "dataType": "date",
                "scale": "interval",
                "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
            }


def _value(value: Value) -> Json:
    params: Json = {"emptyAsNull": value.operation in {"count", "sum"}}
    if value.percent:
        params["format"] = _PERCENT
    return {
        "label": value.label,
        "customLabel": True,
        "isBucketed": False,
        "operationType": value.operation,
        "sourceField": value.field or RECORDS,
        "dataType": "number",
        "scale": "ratio",
        "params": params,
    } | ({"timeScale": "s"} if value.per_second else {})


def _visualization(panel: Panel, names: list[str]) -> Json:
    buckets, values = names[: len(panel.buckets)], names[len(panel.buckets) :]
    shown: Json = {"layerId": LAYER, "layerType": "data"}
    if panel.shape == "number":
        return shown | {"metricAccessor": values[0]}
    if panel.shape == "table":
        return shown | {"columns": [{"columnId": name} for name in names]}
    across, other = axes(panel, buckets)
    if panel.shape == "heat":
        return shown | _heat(across, other, values[0])
    series = _SERIES[panel.shape]
    layer = shown | {"seriesType": series, "xAccessor": across, "accessors": values}
    layer |= {"showGridlines": False}
    return {
        "preferredSeriesType": series,
        "legend": {"isVisible": bool(other) or len(values) > 1, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
        "layers": [layer | ({"splitAccessor": other} if other else {})],
    }


def axes(panel: Panel, buckets: list[str]) -> tuple[str, str | None]:
    """The names of the bucket along the x axis, and of the bucket for the colours or the y axis."""
    steps = [name for name, one in zip(buckets, panel.buckets, strict=True) if _in_steps(one)]
    across = (steps or buckets)[0]
    return across, next((name for name in buckets if name != across), None)


def _in_steps(bucket: Bucket) -> bool:
    return isinstance(bucket, Dates | Ranges)


def _heat(across: str, up: str | None, value: str) -> Json:
    return {
        "shape": "heatmap",
        "xAccessor": across,
        "yAccessor": up,
        "valueAccessor": value,
        "legend": {"type": "heatmap_legend", "isVisible": True, "position": "right"},
        "gridConfig": {
            "type": "heatmap_grid",
            "isCellLabelVisible": False,
            "isXAxisLabelVisible": True,
            "isYAxisLabelVisible": True,
            "isXAxisTitleVisible": False,
            "isYAxisTitleVisible": False,
        },
    }
