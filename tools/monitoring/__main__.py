"""Write dashboards/grafana/movietag.json, and k8s/monitoring's rules and dashboard: ``python -m tools.monitoring``.

The rules are dashboards/prometheus/rules.yaml; the panels are ``tools.monitoring.panels``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from tools.monitoring.panels import GRAPHS, Graph

ROOT: Final = Path(__file__).resolve().parents[2]
RULES: Final = ROOT / "dashboards" / "prometheus" / "rules.yaml"
DASHBOARD: Final = ROOT / "dashboards" / "grafana" / "movietag.json"
K8S: Final = ROOT / "k8s" / "monitoring"
MADE: Final = "# Made by python -m tools.monitoring\n"
SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
WIDTH, HEIGHT, COLUMNS = 12, 8, 2

Document = dict[str, Any]


def panel(number: int, graph: Graph) -> Document:
    """A panel at its place, two in a row."""
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": graph.title,
        "description": graph.help,
        "datasource": SOURCE,
        "gridPos": {
            "x": number % COLUMNS * WIDTH,
            "y": number // COLUMNS * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": graph.unit, "min": None}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": SOURCE,
                "expr": graph.query,
                "legendFormat": graph.legend,
            }
        ],
    }


def dashboard() -> Document:
    """The dashboard as Grafana imports and provisions it (10 or later)."""
    return {
        "uid": "movietag",
        "title": "movietag",
        "tags": ["movietag"],
        "schemaVersion": 38,
        "editable": True,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Data source",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": [panel(number, graph) for number, graph in enumerate(GRAPHS)],
    }


def about(name: str, **labels: str) -> Document:
    """The metadata of a document of k8s/monitoring."""
    return {
        "name": name,
        "namespace": "movietag",
        "labels": {"app.kubernetes.io/part-of": "movietag", **labels},
    }


def files() -> dict[Path, str]:
    """What is written, by path."""
    shown = json.dumps(dashboard(), indent=1) + "\n"
    rules = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": about("movietag"),
        "spec": yaml.safe_load(RULES.read_text()),
    }
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": about("movietag-dashboard", grafana_dashboard="1"),
        "data": {"movietag.json": shown},
    }
    return {
        DASHBOARD: shown,
        K8S / "rules.yaml": MADE + yaml.safe_dump(rules, sort_keys=False, width=1000),
        K8S / "dashboard.yaml": MADE + yaml.safe_dump(config, sort_keys=False, width=1000),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
