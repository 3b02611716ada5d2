"""Whether Kafka's topics are as the table of topics has them, for ``movietag doctor``."""

from __future__ import annotations

import asyncio
from typing import Final

from movietag.errors import MovietagError
from movietag.kafka.clients import quiet
from movietag.kafka.table_check import Difference, check_topics
from movietag.local.findings import CheckResult, Finding
from movietag.local.supervision import Supervisor
from movietag.settings import Settings
from movietag.settings.home import home_layout

PATIENCE: Final = 10.0  # seconds for Kafka
NAME: Final = "topics"


def topic_table(settings: Settings) -> Finding:
    """The finding; Kafka is queried if the stack is up, or the settings name another one."""
    if settings.kafka is None and not Supervisor.connect(home_layout(settings).socket):
        return Finding(NAME, CheckResult.OK, "not checked: the stack is down")
    try:
        with quiet():
            differences = asyncio.run(asyncio.wait_for(check_topics(settings), PATIENCE))
    except (MovietagError, TimeoutError) as error:
        return Finding(NAME, CheckResult.NOTE, f"not checked: {error or 'Kafka does not answer'}")
    return topics_finding(differences)


def topics_finding(differences: list[Difference]) -> Finding:
    """What to say of the differences."""
    if not differences:
        return Finding(
            NAME, CheckResult.OK, "partitions, retention and compaction are as they must be"
        )
    found = " ".join(map(str, differences))
    return Finding(
        NAME, CheckResult.MISSING, found, "`movietag topics apply`; see `movietag topics check`."
    )
