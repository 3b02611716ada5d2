"""tools/kibana_opinion.py agrees with the dashboard, where its Python and its package can be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.own_environment import OwnEnvironment, installed_python

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "kibana_opinion.py"
DASHBOARD = ROOT / "dashboards" / "movietag.ndjson"


@pytest.fixture(scope="module")
def environment() -> OwnEnvironment:
    return OwnEnvironment("kb-dashboard-core==0.4.1", python=installed_python("3.12"))


def test_it_agrees_with_every_panel(environment: OwnEnvironment) -> None:
    done = environment.run("python", str(TOOL), str(DASHBOARD))
    assert done.returncode == 0, done.stdout + done.stderr
    agreed, differ = (int(word) for word in done.stdout.split() if word.isdigit())
    assert (agreed > 50, differ) == (True, 0)


def test_it_notices_a_panel_of_another_form(environment: OwnEnvironment, tmp_path: Path) -> None:
    """A name that Kibana does not know, in the first layer of a panel."""
    text = DASHBOARD.read_text("utf-8")
    name = json.dumps('"layerId"')[1:-1]
    assert name in text
    broken = tmp_path / "movietag.ndjson"
    broken.write_text(text.replace(name, json.dumps('"layer"')[1:-1], 1), "utf-8")
    done = environment.run("python", str(TOOL), str(broken))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 differ" in done.stdout
