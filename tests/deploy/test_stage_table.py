"""What follows from the table of stages (movietag/stages.py) stands wherever a stage is named, and nothing else does.

A stage that is inserted into the table fails here, and the failure says what to write, where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from movietag import topics
from movietag.stages import STAGES, TABLE, StageEntry
from movietag.streams.runtime.topics import short_name

ROOT = Path(__file__).parents[2]

KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../stage]
nameSuffix: -NAME
labels:
  - pairs: { app.kubernetes.io/name: movietag-NAME }
    includeSelectors: true
  - pairs: { app.kubernetes.io/component: NAME }
    includeTemplates: true
patches:
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: movietag, namespace: movietag }
      spec:
        replicas: 1
        template:
          spec:
            containers:
              - name: stage
                args: [movietag.streams.NAME]
                env:
                  - { name: MOVIETAG_KAFKA_USERNAME, value: movietag-NAME }
            volumes:
              - name: secrets
                projected:
                  sources:
                    - secret:
                        name: movietag-NAME
                        items: [{ key: password, path: movietag_kafka_password }]
                    - secret:
                        name: movietag-cluster-ca-cert
                        items: [{ key: ca.crt, path: kafka-ca.crt }]
"""
SERVICE = """\
  NAME:
    <<: *stage
    command: [movietag.streams.NAME]
"""


def text(path: str) -> str:
    """A file of the repository; empty where there is none."""
    return (ROOT / path).read_text() if (ROOT / path).is_file() else ""


def left_to_write(entry: StageEntry) -> list[str]:
    """What is still to be written for a stage: the file, and what goes there."""
    return [*of_code(entry.name), *of_manifests(entry.name), *of_docs(entry)]


def of_code(name: str) -> Iterator[str]:
    """The stage itself, and its tests."""
    module = text(f"streams/{name}.py")
    if f'Stage("{name}"' not in module or f'entry("{name}")' not in module:
        yield (
            f'streams/{name}.py: a module that wires the stage: `stage = Stage("{name}")`, its channels, its'
            f' handler (streams/handlers), an agent with `entry("{name}").in_flight(settings())` in'
            " flight, and `stage.main()` at the end"
        )
    if not (ROOT / f"tests/streams/test_{name}_logic.py").is_file():
        yield f"tests/streams/test_{name}_logic.py: its handler on a bench (support/stage_bench.py)"
    if not re.search(rf'start\(\s*"{name}"', text("tests/contract/starting.py")):
        yield f"tests/contract/starting.py: start({name!r}, …) with a Case of it"


def of_manifests(name: str) -> Iterator[str]:
    """Where it runs in containers."""
    folder, wanted = f"k8s/stages/{name}", re.sub(r"\bNAME\b", name, KUSTOMIZATION)
    if alike(text(f"{folder}/kustomization.yaml")) != alike(wanted):
        yield f"{folder}/kustomization.yaml:\n{wanted}"
    if f"- stages/{name}\n" not in text("k8s/kustomization.yaml"):
        yield f"k8s/kustomization.yaml, under `resources:`\n  - stages/{name}\n"
    if name not in scraped():
        yield (
            "k8s/network.yaml, `values` of the policy movietag-health, and of those of what it has to reach:"
            f" {name}"
        )
    if services().get(name, {}).get("command") != [f"movietag.streams.{name}"]:
        yield f"docker-compose.yml, under `services:`\n{SERVICE.replace('NAME', name)}"


def of_docs(entry: StageEntry) -> Iterator[str]:
    """Where people read of it."""
    if entry.name not in described():
        yield (
            "docs/architecture.md, in the table of stages:"
            f" | **{entry.name}** | {short_name(entry.topic.name)} | what it does | what it sends |"
        )
    if not re.search(rf"│ +{entry.name} +│", text("README.md")):
        yield f"README.md, in the drawing: a box │ {entry.name} │"
    if entry.name not in exchanged():
        yield f"docs/operations.md, in the loop that upgrades: {entry.name} before what sends to it"


def alike(kustomization: str) -> Any:
    """A stage's kustomization without what is its own: replicas, room, secrets (test_kafka_access.py)."""
    how = yaml.safe_load(kustomization) or {}
    for patch in how.get("patches", ()):
        patch["patch"] = yaml.safe_load(patch["patch"])
        spec = patch["patch"]["spec"]
        assert spec.pop("replicas") <= 8
        spec["template"]["spec"].pop("volumes", None)
        spec["template"]["spec"]["containers"][0].pop("resources", None)
    return how


def scraped() -> list[str]:
    """The stages whose health and metrics may be asked for."""
    policies = yaml.safe_load_all(text("k8s/network.yaml"))
    (policy,) = [one for one in policies if one["metadata"]["name"] == "movietag-health"]
    values: list[str] = policy["spec"]["podSelector"]["matchExpressions"][0]["values"]
    return values


def services() -> dict[str, Any]:
    """The services of Docker Compose that run a stage."""
    found: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))["services"]
    begin = "movietag.streams."
    return {
        n: one for n, one in found.items() if str(one.get("command", [""])[0]).startswith(begin)
    }


def described() -> list[str]:
    """The rows of the table of stages in the docs."""
    return re.findall(r"^\| \*\*(\w+)\*\* \|", text("docs/architecture.md"), re.MULTILINE)


def exchanged() -> list[str]:
    """The stages in the order in which an upgrade exchanges them."""
    loop = re.search(r"^for stage in ([\w ]+); do$", text("docs/operations.md"), re.MULTILINE)
    assert loop
    return loop[1].split()


@pytest.mark.parametrize("entry", TABLE, ids=STAGES)
def test_all_that_a_stage_needs_is_written(entry: StageEntry) -> None:
    left = left_to_write(entry)
    assert not left, f"For the stage {entry.name!r} write\n\n" + "\n\n".join(left)


def test_nothing_names_a_stage_that_is_not_in_the_table() -> None:
    named = {
        "docker-compose.yml": list(services()),
        "docs/architecture.md": described(),
        "docs/operations.md": exchanged()[::-1],
        "k8s/network.yaml": scraped(),
    }
    assert named == {path: list(STAGES) for path in named}
    scaled = re.search(r"movietag-\{([\w,]+)\} --replicas=0", text("docs/operations.md"))
    assert scaled
    assert scaled[1].split(",") == list(STAGES)
    assert {path.name for path in (ROOT / "k8s" / "stages").iterdir()} == set(STAGES)


def test_an_inserted_stage_is_told_all_that_is_to_be_written() -> None:
    left = left_to_write(StageEntry("subtitle", topics.FRAMES, 384, parallel=4))
    files = [one.split(":")[0].split(",")[0] for one in left]
    assert files == [
        "streams/subtitle.py",
        "tests/streams/test_subtitle_logic.py",
        "tests/contract/starting.py",
        "k8s/stages/subtitle/kustomization.yaml",
        "k8s/kustomization.yaml",
        "k8s/network.yaml",
        "docker-compose.yml",
        "docs/architecture.md",
        "README.md",
        "docs/operations.md",
    ]
    assert "nameSuffix: -subtitle" in left[3]
    assert "| **subtitle** | frames |" in left[7]


def test_ports_are_given_and_not_counted() -> None:
    """So that a stage that is inserted does not move the others'."""
    given = {"plan": 304, "fetch": 320, "caption": 336, "count": 352, "index": 368}
    assert {entry.name: entry.port for entry in TABLE if entry.name in given} == given
