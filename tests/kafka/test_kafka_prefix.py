"""With `MOVIETAG_KAFKA_PREFIX` all names of ours in Kafka begin with it, and installations share one Kafka."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

import pytest
from support.commands import run_movietag, until
from support.stage_processes import running

from movietag.errors import TransientError
from movietag.kafka.clients import admin
from movietag.kafka.unread import group_lags
from movietag.local.stack import Stack
from movietag.settings import Settings

PREFIX = "films."

NAMES = """
import json
from movietag import topics
from movietag.kafka.access import connection
from movietag.kafka.epochs import count_changelog, count_group, epochs_in
from movietag.kafka.lag import INDEX_GROUP, of_stage
from movietag.kafka.table_check import ledgers_in
from movietag.settings import get_settings
from movietag.streams.ledger.repair import CHANGELOG
from movietag.streams.plan import app, plans
from movietag.streams.runtime.topics import short_name

ours, foreign = count_changelog("v", 3), "movietag-count-v-e9-facts-changelog"
client = connection(get_settings())["client_id"]
print(json.dumps({
    "names": [
        *topics.BY_NAME, ours, count_group("v", 3), INDEX_GROUP, CHANGELOG, app.conf.id,
        plans.changelog_topic_name, app.conf.broker_client_id, client,
    ],
    "ledger": plans.changelog_topic_name == CHANGELOG,
    "epochs": sorted(epochs_in([ours, foreign], "v")),
    "ledgers": ledgers_in([ours, foreign]) == [ours],
    "short": short_name(topics.FRAMES.name),
    "lag": [of_stage("plan", {"movietag-plan": 1}), of_stage("plan", {app.conf.id: 2})],
}))
"""


def python(program: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.heavy
def test_all_names_in_kafka_begin_with_the_prefix() -> None:
    done = python(NAMES, {"MOVIETAG_KAFKA_PREFIX": PREFIX})
    said = json.loads(done.stdout)
    assert [name for name in said.pop("names") if not name.startswith(f"{PREFIX}movietag")] == []
    assert said == {
        "ledger": True,
        "epochs": [3],
        "ledgers": True,
        "short": "frames",
        "lag": [None, 2],
    }


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MOVIETAG_KAFKA_PREFIX": "a b"}, "MOVIETAG_KAFKA_PREFIX: String should match"),
        ({"MOVIETAG_KAFKA_PREFIX": "x.movietag-"}, "It must not contain `movietag`"),
        ({"movietag_kafka_prefix": "x."}, "in capitals"),
    ],
)
def test_a_prefix_that_names_could_be_mistaken_under_is_refused(
    environment: dict[str, str], said: str
) -> None:
    done = python("from movietag.settings import load_settings; load_settings()", environment)
    assert said in done.stderr
    assert done.returncode == 1


@pytest.mark.servers
async def test_two_installations_share_one_kafka(kafka: Stack) -> None:
    settings = kafka.settings.model_copy(update={"kafka_prefix": PREFIX})
    added = run_movietag(settings, "add", "Heat (1995)")
    assert added.returncode == 0, added.stderr
    with running("plan", settings):
        await until(lambda: committed(settings), 60)
    async with admin(kafka.settings) as client:
        made = [name for name in await client.list_topics() if name.startswith(PREFIX)]
        assert f"{PREFIX}movietag-plan-plans-changelog" in made
        assert f"{PREFIX}movietag.titles" in made
        await client.delete_topics(made)
    assert not [group for group in await group_lags(kafka.settings) if PREFIX in group]


async def committed(settings: Settings) -> bool | None:
    """Whether the plan stage has committed the title in its own topic."""
    with suppress(TransientError):  # the group's coordinator is still starting
        return await _committed(settings)
    return None


async def _committed(settings: Settings) -> bool | None:
    async with admin(settings) as client:
        of_group = await client.list_consumer_group_offsets(f"{PREFIX}movietag-plan")
    titles = [one.offset for at, one in of_group.items() if at.topic == f"{PREFIX}movietag.titles"]
    return sum(titles) == 1 or None
