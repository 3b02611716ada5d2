"""KafkaTopics and KafkaUsers for k8s/, from the tables of topics and stages: ``python -m tools.kafka_manifests``.

A stage's user may do what its row of ``movietag/stages.py`` says, the pages' may send titles, and that of the command
line (``movietag``) what `movietag topics apply`, `recount` and `forget` need. Where all names in Kafka have a prefix, run it with
the same ``MOVIETAG_KAFKA_PREFIX`` as the stages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import yaml

from movietag import topics
from movietag.settings import Settings
from movietag.stages import TABLE, StageEntry
from movietag.topics import CLIENT

K8S: Final = Path(__file__).resolve().parents[1] / "k8s"
OURS: Final = "movietag"  # how the names of our resources begin
PAGES: Final = f"{OURS}-pages"  # the secret movietag-web has the keys of its callers
# Of every stage, besides its row.
COMMON_READS: Final = (topics.SKIPS, topics.TOPIC_IDS, topics.OFFSETS, topics.WORKERS)
COMMON_SENDS: Final = (topics.DEAD_LETTERS, topics.TOPIC_IDS, topics.OFFSETS, topics.WORKERS)
Document = dict[str, Any]
Acl = dict[str, Any]

HEAD: Final = "# Written by `python -m tools.kafka_manifests` from movietag/topics.py and movietag/stages.py.\n"
OF_TOPICS: Final = (
    "# Whoever deletes a KafkaTopic deletes the topic with all that is in it. The ledgers' topics (movietag-…-changelog)"
    "\n# are made by their stages.\n"
)
OF_USERS: Final = (
    "# For each user Strimzi makes a secret of its name, with its password. Who may delete a topic's records may\n"
    "# delete the topic: Kafka has one right for both.\n"
)


def kafka_topics(partitions: int, replicas: int) -> list[Document]:
    """A KafkaTopic for each topic of the table."""
    return [
        _resource(
            "KafkaTopic",
            spec.name,
            {"partitions": partitions, "replicas": replicas, "config": spec.config()},
        )
        for spec in topics.ALL
    ]


def kafka_users() -> list[Document]:
    """A KafkaUser for each stage, for the pages and for the command line."""
    return [
        *(_user(f"{OURS}-{entry.name}", acls_of(entry)) for entry in TABLE),
        _user(PAGES, acls_of_pages()),
        _user(OURS, acls_of_command_line()),
    ]


def acls_of(entry: StageEntry) -> list[Acl]:
    """What a stage may do: nothing with topics and groups that are not ours."""
    rights: defaultdict[str, set[str]] = defaultdict(set)
    for spec in (*entry.committed, *entry.reads, *COMMON_READS):
        rights[spec.name].add("Read")
    for spec in (*entry.sends, *COMMON_SENDS):
        rights[spec.name].add("Write")
    if entry.topic.until_consumed:  # it deletes what it has consumed
        rights[entry.topic.name].add("Delete")
    own = f"{CLIENT}-{entry.name}"
    return [
        *_seeing(),
        *(_acl("topic", name, sorted(rights[name])) for name in sorted(rights)),
        *([_acl("topic", own, ["Create", "Read", "Write"], prefix=True)] * entry.ledger),
        _acl("group", own, ["Read"], prefix=True),
    ]


def acls_of_pages() -> list[Acl]:
    """`movietag serve` sends titles, and reads how far the stages are."""
    return [
        *_seeing(),
        _acl("topic", CLIENT, ["Read"], prefix=True),
        _acl("topic", topics.TITLES.name, ["Write"]),
    ]


def acls_of_command_line() -> list[Acl]:
    """All that any command does, with topics and groups of ours only."""
    every = [
        "Alter",
        "AlterConfigs",
        "Create",
        "Delete",
        "Describe",
        "DescribeConfigs",
        "Read",
        "Write",
    ]
    return [
        _acl("topic", CLIENT, every, prefix=True),
        _acl("group", CLIENT, ["Delete", "Describe", "Read"], prefix=True),
    ]


def _seeing() -> list[Acl]:
    """Every process compares the topics with the table when it starts."""
    return [
        _acl("topic", CLIENT, ["Describe", "DescribeConfigs"], prefix=True),
        _acl("group", CLIENT, ["Describe"], prefix=True),
    ]


def _acl(kind: str, name: str, operations: list[str], *, prefix: bool = False) -> Acl:
    pattern = {"patternType": "prefix" if prefix else "literal"}
    return {"resource": {"type": kind, "name": name, **pattern}, "operations": operations}


def _user(name: str, acls: list[Acl]) -> Document:
    spec = {
        "authentication": {"type": "scram-sha-512"},
        "authorization": {"type": "simple", "acls": acls},
    }
    return _resource("KafkaUser", name, spec)


def _resource(kind: str, name: str, spec: Document) -> Document:
    about = {"name": name, "namespace": OURS, "labels": {"strimzi.io/cluster": OURS}}
    return {"apiVersion": "kafka.strimzi.io/v1", "kind": kind, "metadata": about, "spec": spec}


def files() -> dict[Path, str]:
    """The files and what is to be in them."""
    settings = next(yaml.safe_load_all((K8S / "settings.yaml").read_text()))["data"]
    default = Settings.model_fields["kafka_partitions"].default
    partitions = int(settings.get("MOVIETAG_KAFKA_PARTITIONS", default))
    made = kafka_topics(partitions, int(settings["MOVIETAG_KAFKA_REPLICATION"]))
    return {
        K8S / "kafka-topics.yaml": HEAD + OF_TOPICS + _yaml(made),
        K8S / "kafka-users.yaml": HEAD + OF_USERS + _yaml(kafka_users()),
    }


def _yaml(documents: Iterable[Document]) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False, default_flow_style=None, width=120)


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
