"""Who may do what with Kafka on Kubernetes: the committed files are what the tables say, and the tables what stages do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.kustomize import render

from movietag import topics
from movietag.stages import TABLE, StageEntry
from tools.kafka_manifests import K8S, OURS, PAGES, acls_of_pages, files, kafka_users

ROOT = Path(__file__).parents[2]
STAGE_IDS = [entry.name for entry in TABLE]
# What a stage connects to -> the secrets that it has for it.
SECRETS = {
    "elasticsearch": {"movietag-es-http-certs-public", "movietag-elasticsearch"},
    "triton": {"movietag-triton"},
    "catalogue": {"movietag-tmdb"},
    "sites": set(),
}
POLICIES = {
    "elasticsearch": "movietag-to-elasticsearch",
    "triton": "movietag-to-triton",
    "sites": "movietag-internet",
}


def rights(acls: list[dict[str, Any]], kind: str) -> dict[tuple[str, str], set[str]]:
    """Operations by name and pattern."""
    return {
        (one["resource"]["name"], one["resource"]["patternType"]): set(one["operations"])
        for one in acls
        if one["resource"]["type"] == kind
    }


def user(name: str) -> list[dict[str, Any]]:
    (found,) = [one for one in kafka_users() if one["metadata"]["name"] == name]
    acls: list[dict[str, Any]] = found["spec"]["authorization"]["acls"]
    return acls


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_the_committed_file_is_what_the_tables_say(path: Path) -> None:
    assert path.read_text() == files()[path], "run: python -m tools.kafka_manifests"


@pytest.mark.parametrize("entry", TABLE, ids=STAGE_IDS)
def test_the_table_has_the_topics_of_the_stage(entry: StageEntry) -> None:
    """Those that its module names, and those of what it is made of."""
    module = (ROOT / "streams" / f"{entry.name}.py").read_text()
    named = {getattr(topics, name) for name in re.findall(r"\btopics\.([A-Z_]+)", module)}
    consumed = set(re.findall(r"^@app\.agent\((\w+)\)$", module, re.MULTILINE))
    read = {getattr(topics, {"letters": "DEAD_LETTERS"}.get(n, n.upper())) for n in consumed}
    if "Remembered(" in module:
        named.add(topics.TRIES)
    if "stage.follow(" in module:
        named.add(topics.VOCABULARY)
    if "join_library(" in module or "partial(ahead" in module:  # it writes Elasticsearch
        named.add(topics.LIBRARY)
    if "read_fetch_pauses" in module:
        named.add(topics.LIBRARY)
    shared = {topics.SKIPS, topics.TOPIC_IDS, topics.OFFSETS, topics.DEAD_LETTERS}
    assert {*entry.committed, *entry.reads, *entry.sends} - shared == named - shared
    assert read == set(entry.committed)
    assert entry.ledger == ("stage.keep(" in module)


@pytest.mark.parametrize("entry", TABLE, ids=STAGE_IDS)
def test_a_stage_writes_and_deletes_no_more_than_it_must(entry: StageEntry) -> None:
    found = rights(user(f"{OURS}-{entry.name}"), "topic")
    shared = {
        one.name for one in (topics.DEAD_LETTERS, topics.TOPIC_IDS, topics.OFFSETS, topics.WORKERS)
    }
    written = {name for (name, pattern), may in found.items() if "Write" in may}
    assert written - {f"{OURS}-{entry.name}"} == {spec.name for spec in entry.sends} | shared
    deleted = [name for (name, _), may in found.items() if "Delete" in may]
    assert deleted == [entry.topic.name] * entry.topic.until_consumed
    prefixes = {name: may for (name, pattern), may in found.items() if pattern == "prefix"}
    own = prefixes.pop(f"{OURS}-{entry.name}", set())
    assert own == ({"Create", "Read", "Write"} if entry.ledger else set())
    assert prefixes == {OURS: {"Describe", "DescribeConfigs"}}


def test_pages_write_titles_only() -> None:
    found = rights(acls_of_pages(), "topic")
    writing = {
        name for (name, _), may in found.items() if may - {"Read", "Describe", "DescribeConfigs"}
    }
    assert writing == {topics.TITLES.name}


def test_no_user_has_the_name_of_a_secret_of_ours() -> None:
    """Strimzi makes a secret of each user's name."""
    users = {one["metadata"]["name"] for one in kafka_users()}
    assert not users & (set().union(*SECRETS.values()) | {"movietag-web", "movietag-endpoint"})


@pytest.mark.parametrize("entry", TABLE, ids=STAGE_IDS)
def test_a_stage_has_the_secrets_of_its_servers_only(entry: StageEntry) -> None:
    name = f"movietag-{entry.name}"
    pod = deployment(name)["spec"]["template"]["spec"]
    wanted = {name, "movietag-cluster-ca-cert"}.union(*(SECRETS[one] for one in entry.servers))
    assert secrets(pod) == wanted
    assert username(pod) == name


def test_pages_have_secrets_of_elasticsearch_and_their_own_only() -> None:
    pod = deployment("movietag-web")["spec"]["template"]["spec"]
    mine = {PAGES, "movietag-cluster-ca-cert", "movietag-web"}
    assert secrets(pod) == mine | SECRETS["elasticsearch"]
    assert username(pod) == PAGES


@pytest.mark.parametrize("server", POLICIES)
def test_the_fence_lets_out_who_has_to_reach_a_server(server: str) -> None:
    policies = {
        one["metadata"]["name"]: one for one in render(K8S) if one["kind"] == "NetworkPolicy"
    }
    (chosen,) = policies[POLICIES[server]]["spec"]["podSelector"]["matchExpressions"]
    stages = [entry.name for entry in TABLE if server in entry.servers]
    assert chosen["values"] == stages + ["web"] * (server == "elasticsearch")


def deployment(name: str) -> dict[str, Any]:
    (found,) = [
        one
        for one in render(K8S)
        if one["kind"] == "Deployment" and one["metadata"]["name"] == name
    ]
    return found


def secrets(pod: dict[str, Any]) -> set[str]:
    (volume,) = [one for one in pod["volumes"] if one["name"] == "secrets"]
    return {source["secret"]["name"] for source in volume["projected"]["sources"]}


def username(pod: dict[str, Any]) -> str:
    (container,) = pod["containers"]
    (value,) = [one["value"] for one in container["env"] if one["name"].endswith("KAFKA_USERNAME")]
    return str(value)


@pytest.mark.heavy
def test_under_a_prefix_all_rights_are_for_names_that_have_it() -> None:
    """The prefix is a constant of a process."""
    code = "import json; from tools.kafka_manifests import kafka_users; print(json.dumps(kafka_users()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"MOVIETAG_KAFKA_PREFIX": "films."},
    )
    users = json.loads(done.stdout)
    names = [a["resource"]["name"] for u in users for a in u["spec"]["authorization"]["acls"]]
    assert all(name.startswith("films.movietag") for name in names)
    assert [user["metadata"]["name"] for user in users] == [
        one["metadata"]["name"] for one in kafka_users()
    ]
