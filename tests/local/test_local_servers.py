"""The servers' configurations."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.kafka.lag import of_stage
from movietag.local import elasticsearch, kafka, triton
from movietag.local.install import Servers
from movietag.local.layout import used_ports
from movietag.local.programs import SERVERS
from movietag.settings import Settings
from movietag.settings.home import home_layout

CONFIG = """\
name: "llava"
parameters { key: "model_path" value: { string_value: "old" } }
parameters { key: "adapter_path" value: { string_value: "" } }
parameters { key: "prompt" value: { string_value: "say \\"model_path\\"" } }
"""


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_a_model_parameter_takes_any_value_and_leaves_the_others(value: str) -> None:
    changed = triton.with_parameters(CONFIG, {"model_path": value, "unknown": "x"})
    lines = changed.split("\n")
    before = CONFIG.split("\n")
    assert [i for i, line in enumerate(lines) if line != before[i]] in ([1], [])
    written = re.search(r'string_value: "((?:[^"\\]|\\.)*)"', lines[1])
    assert written
    assert written[1].replace('\\"', '"').replace("\\\\", "\\") == value


def test_stacks_with_bases_400_apart_share_no_port() -> None:
    first, second = (
        set(used_ports(Settings(port_base=base, workers=16), SERVERS)) for base in (20000, 20400)
    )
    assert len(first) == 6 + 5 * 16
    assert not first & second
    assert max(used_ports(Settings(port_base=65000, workers=16), SERVERS)) <= 65535


def test_every_address_is_on_loopback() -> None:
    where = home_layout(Settings())
    text = kafka.broker_properties(19000, where.kafka) + elasticsearch.elasticsearch_config(
        19000, where.search
    )
    assert "0.0.0.0" not in text
    assert set(re.findall(r"//([^:]+):\d", text)) == {"127.0.0.1"}


def test_nothing_where_triton_runs_can_be_imported_for_a_package(tmp_path: Path) -> None:
    """The stub has that folder on its path; PyTorch took the home's own folder for the package triton."""
    package = tmp_path / "pytriton" / "tritonserver"
    for folder in ("backends/python", f"python_backend_stubs/3.{sys.version_info.minor}"):
        (package / folder).mkdir(parents=True)
    servers = Servers(java=tmp_path, kafka=tmp_path, elasticsearch=tmp_path, triton=package)
    home = tmp_path / "home"
    where = replace(home_layout(Settings()), home=home)
    program = triton.prepare(servers, where, Settings())
    assert program.directory
    names = {path.stem for path in program.directory.iterdir()}
    assert names == {"python"}
    assert find_spec("python") is None


def test_elasticsearch_loses_only_the_jvm_options_that_do_not_fit() -> None:
    shipped = "-Xss1m\n20-:--add-modules=jdk.incubator.vector\n-XX:+UseG1GC\n-Xlog:gc*:file=x\n"
    assert elasticsearch.jvm_options(shipped) == "-Xss1m\n"


def test_kafka_ids_are_22_characters_without_a_leading_dash() -> None:
    ids = {kafka.cluster_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(re.fullmatch(r"\w[\w-]{21}", name) for name in ids)


@pytest.mark.parametrize(
    ("stage", "lag"), [("plan", 1), ("count", 2), ("index", 3), ("fetch", None)]
)
def test_a_stage_is_known_by_its_consumer_group(stage: str, lag: int | None) -> None:
    groups = {
        "movietag-plan": 1,
        "movietag-count-mpst-1a2b-e0": 500,  # of an epoch before
        "movietag-count-mpst-1a2b-e1": 2,
        "movietag-index": 3,
        "movietag-fetcher": 9,
        "other": 9,
        "movietag": 9,
    }
    assert of_stage(stage, groups) == lag
