"""The versions of servers that the documentation names are those that `make servers` runs, and that we bring along."""

from __future__ import annotations

from pathlib import Path

from movietag.local.artifacts import ELASTICSEARCH_VERSION, KAFKA_VERSION, locked
from movietag.search.index.versions import OLDEST
from tools.servers import PAIRS, named_versions

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def flowing() -> str:
    """The page without line breaks."""
    return " ".join(PAGE.read_text().split())


def test_the_page_names_the_versions_of_the_table() -> None:
    kafka, elasticsearch = named_versions()
    assert f"on Kafka {kafka} and Elasticsearch {elasticsearch}." in flowing()


def test_the_page_names_what_we_bring_along_and_the_table_has_it() -> None:
    assert f"| Kafka {KAFKA_VERSION}, KRaft, one node |" in flowing()
    assert f"| Elasticsearch {ELASTICSEARCH_VERSION}, one node |" in flowing()
    assert {KAFKA_VERSION, ELASTICSEARCH_VERSION} <= {one.version for one in locked()}
    assert any(
        (pair.kafka, pair.elasticsearch) == (KAFKA_VERSION, ELASTICSEARCH_VERSION) for pair in PAIRS
    )


def test_the_oldest_that_is_accepted_is_the_oldest_that_is_run() -> None:
    oldest = min(tuple(map(int, pair.elasticsearch.split(".")[:2])) for pair in PAIRS)
    assert oldest == OLDEST
    assert f"Elasticsearch {'.'.join(map(str, OLDEST))} or later" in flowing()
