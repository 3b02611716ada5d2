"""A second opinion on dashboards/movietag.ndjson: are its panels such as kb-dashboard-core writes them?

That package (MIT, of YAML to Kibana) wants Python 3.12, later than the environment's, so it is no dependency (nightly: tests/dashboards/test_kibana_opinion.py):

    uv run --no-project --python 3.12 --with kb-dashboard-core==0.4.1 tools/kibana_opinion.py dashboards/movietag.ndjson

Its models are of what it writes itself, so two of its gaps are bridged: it names the ends of ranges otherwise until
they are written, and knows no rates of plain values. Controls are left out: it writes their data view into them,
where files for import have a reference. It exits with 1 if a panel differs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

CHARTS = "kb_dashboard_core.panels.charts"
SHAPES = {
    "lnsXY": ("xy", "KbnXYVisualizationState"),
    "lnsHeatmap": ("heatmap", "KbnHeatmapVisualizationState"),
    "lnsMetric": ("metric", "KbnMetricVisualizationState"),
    "lnsDatatable": ("datatable", "KbnDatatableVisualizationState"),
}


def parts(panel: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The parts of a panel, each with the module and the name of its model."""
    yield "kb_dashboard_core.panels.view", "KbnGridData", panel["gridData"]
    if panel["type"] != "lens":
        return
    own = panel["embeddableConfig"]["attributes"]
    for layer in own["state"]["datasourceStates"]["formBased"]["layers"].values():
        columns = {name: bridged(column) for name, column in layer["columns"].items()}
        yield f"{CHARTS}.view", "KbnFormBasedDataSourceStateLayer", layer | {"columns": columns}
    module, name = SHAPES[own["visualizationType"]]
    yield f"{CHARTS}.{module}.view", name, own["state"]["visualization"]


def bridged(column: dict[str, Any]) -> dict[str, Any]:
    """A column in the words of its models."""
    made = {name: value for name, value in column.items() if name != "timeScale"}
    if column["operationType"] == "range":
        names = {"from": "from_value", "to": "to_value"}
        ranges = [
            {names.get(name, name): value for name, value in one.items()}
            for one in column["params"]["ranges"]
        ]
        params = {name: value for name, value in column["params"].items() if name != "format"}
        made["params"] = params | {"ranges": ranges}
    return made


def main() -> None:
    """Print how many parts agree, and what is said of each other."""
    agreed, differing = 0, []
    for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
        one = json.loads(line)
        shown = json.loads(one["attributes"].get("panelsJSON", "[]"))
        for panel in shown:
            for module, name, value in parts(panel):
                try:
                    getattr(import_module(module), name).model_validate(value, extra="forbid")
                    agreed += 1
                except ValueError as error:
                    differing.append(f"{one['attributes']['title']}, {panel['title']}: {error}")
    print(f"{agreed} parts of panels agree, {len(differing)} differ", *differing, sep="\n")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
