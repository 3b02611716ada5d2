"""The alerts: each fires when made to, by metrics that exist, and has its section in the runbook."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from movietag.errors import MovietagError
from movietag.settings import Settings
from movietag.settings.home import home_layout
from movietag.stages import STAGES
from movietag.streams.watch.metrics import TABLE
from movietag.web.health import WEB_METRICS
from tools.debian import debian_program
from tools.monitoring.__main__ import DASHBOARD, RULES, files
from tools.monitoring.panels import GRAPHS

ROOT = Path(__file__).parents[2]
GROUPS: dict[str, Any] = yaml.safe_load(RULES.read_text())
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in GROUPS["groups"] for rule in group["rules"]
}
LABELS = {metric.name: set(metric.labels) for metric in TABLE} | {
    name: set(labels) for name, labels in WEB_METRICS.items()
}
OF_PROMETHEUS = {"job", "instance", "le"}
SELECTOR = re.compile(r"\b((?:movietag|process)_\w+)(?:\{([^}]*)\})?")
QUERIES = {name: str(rule["expr"]) for name, rule in ALERTS.items()} | {
    graph.title: graph.query for graph in GRAPHS
}


def base_name(metric: str) -> str:
    """The metric of a series: a histogram has several."""
    return metric if metric in LABELS else re.sub("_(bucket|sum|count)$", "", metric)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_names_metrics_and_labels_that_exist(query: str) -> None:
    found = SELECTOR.findall(query)
    assert found
    names = {base_name(metric) for metric, _ in found} - {"process_resident_memory_bytes"}
    assert names <= set(LABELS)
    for metric, labels in found:
        asked = set(re.findall(r"(\w+)\s*[=!]~?", labels))
        assert asked <= LABELS.get(base_name(metric), set())
    known = set().union(OF_PROMETHEUS, *(LABELS[name] for name in names))
    grouped = re.findall(r"\b(?:by|on|group_left)\s*\(([^)]*)\)", query)
    assert {label.strip() for labels in grouped for label in labels.split(",")} <= known


def test_there_are_ten_alerts_at_least_each_with_what_a_night_on_call_needs() -> None:
    assert len(ALERTS) >= 10
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"


def test_the_runbook_has_a_section_for_each_alert_and_no_other() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n\n`(\w+)`\. ", text, re.MULTILINE))
    assert sections == {name: rule["labels"]["severity"] for name, rule in ALERTS.items()}


def test_every_stage_is_missed() -> None:
    expected = [f'absent(movietag_build_info{{stage="{stage}"}})' for stage in STAGES]
    assert " or ".join(expected) == ALERTS["MovietagStageMissing"]["expr"]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_what_is_made_of_the_rules_and_panels_is_up_to_date(path: Path) -> None:
    assert path.read_text() == files()[path], "Run: python -m tools.monitoring"


def test_the_dashboard_is_where_grafana_is_told_to_look() -> None:
    provider = yaml.safe_load((DASHBOARD.parent / "provider.yaml").read_text())
    assert provider["apiVersion"] == 1
    assert provider["providers"][0]["options"]["path"] == "/var/lib/grafana/dashboards"


# -- by Prometheus's own program


@dataclass(frozen=True)
class Case:
    """Series that make an alert fire, and those that do not; values as promtool writes them, one a minute."""

    firing: dict[str, str]
    silent: dict[str, str]
    labels: str
    minutes: int = 30


def stages(*names: str) -> dict[str, str]:
    return {
        f'movietag_build_info{{stage="{name}",job="m",instance="{name}"}}': "1x300"
        for name in names
    }


CASES = {
    "MovietagStageMissing": Case(
        stages("plan", "fetch", "count", "index"), stages(*STAGES), 'stage="caption"'
    ),
    "MovietagStageNotReady": Case(
        {'movietag_ready{job="m",instance="plan"}': "0x300", **stages("plan", "fetch")},
        {'movietag_ready{job="m",instance="plan"}': "0x5 1x300", **stages("plan", "fetch")},
        'stage="plan",job="m",instance="plan"',
    ),
    "MovietagServerSilent": Case(
        {'movietag_answer_age_seconds{server="kafka"}': "0+60x300"},
        {'movietag_answer_age_seconds{server="kafka"}': "4x300"},
        'server="kafka"',
    ),
    "MovietagServerFailing": Case(
        {'movietag_retries_total{kind="elasticsearch"}': "0+3x300"},
        {
            'movietag_retries_total{kind="elasticsearch"}': "0x300",
            'movietag_retries_total{kind="network"}': "0+3x300",
        },
        'kind="elasticsearch"',
    ),
    "MovietagBacklogOld": Case(
        {'movietag_oldest_message_seconds{topic="frames"}': "0+60x300"},
        {'movietag_oldest_message_seconds{topic="videos"}': "0+60x300"},
        'topic="frames"',
        90,
    ),
    "MovietagBatchUnreadable": Case(
        {'movietag_unreadable_offset{topic="titles",partition="3"}': "0x300"},
        {},
        'topic="titles",partition="3"',
    ),
    "MovietagInternalErrors": Case(
        {'movietag_internal_errors_total{job="m",instance="plan"}': "0x20 1x300"},
        {'movietag_internal_errors_total{job="m",instance="plan"}': "7x300"},
        'job="m",instance="plan"',
    ),
    "MovietagDeadLetters": Case(
        {'movietag_dead_letters_total{error="bad-title"}': "0x20 1x300"},
        {'movietag_dead_letters_total{error="bad-title"}': "1x300"},
        'error="bad-title"',
    ),
    "MovietagSitePaused": Case(
        {'movietag_site_pause_seconds{site="youtube.com"}': "900-60x15 0x300"},
        {'movietag_site_pause_seconds{site="youtube.com"}': "900-60x15 0x30 _x300"},
        'site="youtube.com"',
        150,
    ),
    "MovietagVideosFailing": Case(
        {
            'movietag_videos_total{outcome="failed",reason="gone"}': "0+2x300",
            'movietag_videos_total{outcome="fetched",reason=""}': "0+1x300",
        },
        {
            'movietag_videos_total{outcome="failed",reason="gone"}': "0+1x300",
            'movietag_videos_total{outcome="fetched",reason=""}': "0+2x300",
        },
        "",
        90,
    ),
    "MovietagDiskNearlyFull": Case(
        {'movietag_free_disk_bytes{folder="home",instance="plan"}': "500000000x300"},
        {'movietag_free_disk_bytes{folder="home",instance="plan"}': "5000000000x300"},
        'folder="home",instance="plan"',
    ),
    "MovietagClockOff": Case(
        {'movietag_clock_skew_seconds{server="kafka"}': "-3600x300"},
        {'movietag_clock_skew_seconds{server="kafka"}': "-0.2x300"},
        'server="kafka"',
    ),
    "MovietagPagesFailing": Case(
        {'movietag_web_requests_total{method="GET",route="/",status="503"}': "0+2x300"},
        {'movietag_web_requests_total{method="GET",route="/",status="404"}': "0+2x300"},
        "",
    ),
}


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Prometheus's own program, or a skip that says why there is none."""
    cache = home_layout(Settings()).cache / "monitoring"
    cache.mkdir(parents=True, exist_ok=True)
    try:
        return debian_program("promtool", "prometheus", cache)
    except MovietagError as error:
        pytest.skip(f"no promtool: {error}")


def told(promtool: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)


def tried(promtool: Path, folder: Path, name: str, firing: bool, rules: Path = RULES) -> str:
    """What promtool says of an alert's case; empty if all is as expected."""
    case = CASES[name]
    severity = ALERTS[name]["labels"]["severity"]
    labels = ",".join(filter(None, [f'alertname="{name}",severity="{severity}"', case.labels]))
    samples = [{"labels": f'ALERTS{{alertstate="firing",{labels}}}', "value": 1}]
    series = case.firing if firing else case.silent
    test = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}',
                "eval_time": f"{case.minutes}m",
                "exp_samples": samples if firing else [],
            }
        ],
    }
    file = folder / "case.yaml"
    whole = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]}
    file.write_text(yaml.safe_dump(whole))
    done = told(promtool, "test", "rules", file)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_alert_has_its_case() -> None:
    assert set(CASES) == set(ALERTS)


@pytest.mark.heavy
def test_promtool_takes_the_rules(promtool: Path) -> None:
    done = told(promtool, "check", "rules", RULES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.heavy
def test_promtool_takes_the_queries_of_the_dashboard(promtool: Path, tmp_path: Path) -> None:
    shown = json.loads(DASHBOARD.read_text())["panels"]
    queries = [target["expr"] for panel in shown for target in panel["targets"]]
    assert len(queries) == len(GRAPHS)
    for wrong, also in (("", []), ("sum by (stage (up)", ["sum by (stage (up)"])):
        rules = [{"record": f"q{at}", "expr": one} for at, one in enumerate([*queries, *also])]
        file = tmp_path / "queries.yaml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
        done = told(promtool, "check", "rules", file)
        assert bool(done.returncode) == bool(wrong), done.stdout + done.stderr


@pytest.mark.heavy
@pytest.mark.parametrize("firing", [True, False], ids=["fires", "is silent"])
@pytest.mark.parametrize("name", CASES)
def test_an_alert_does_as_it_should(
    promtool: Path, tmp_path: Path, name: str, firing: bool
) -> None:
    assert not tried(promtool, tmp_path, name, firing)


@pytest.mark.heavy
def test_promtool_notices_an_alert_that_never_fires(promtool: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.read_text().replace("movietag_site_pause_seconds", "movietag_paused"))
    assert "FAILED" in tried(promtool, tmp_path, "MovietagSitePaused", firing=True, rules=rules)
