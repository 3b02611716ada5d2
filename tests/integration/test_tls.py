"""A stage whose Kafka speaks TLS: it starts, rebalances and stops without waiting for a close_notify."""

from __future__ import annotations

import base64
import json
import secrets
import time
from asyncio.constants import SSL_SHUTDOWN_TIMEOUT  # uvloop has the same
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError
from support.kafka_tls import MTLS, TOKENS, Broker, admit, kafka_over_tls
from support.records import caption, manifest, plan
from support.stage_processes import running

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import create_topics, make_consumer, make_producer
from movietag.records import MovieId, encode
from movietag.settings import Settings
from tools.kafka_manifests import PAGES, kafka_users

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

MOVIES = 16  # so that both of two workers have some
READ = " rows read in "  # logged by each reading of the ledger, which has a consumer of its own


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Broker]:
    with kafka_over_tls(tmp_path_factory.mktemp("tls"), next(port_bases)) as started:
        yield started


async def count(settings: Settings) -> None:
    """Have new movies counted; returns when the documents of all are there."""
    names = {MovieId(f"m{number}-{secrets.token_hex(4)}") for number in range(MOVIES)}
    async with make_producer(settings) as producer:
        for name in names:
            for fact in (plan("a", wanted=1), manifest("a", 1), caption("a", 0, "A 'murder'.")):
                body = encode(msgspec.structs.replace(fact, movie_id=name))
                await producer.send_and_wait(topics.CAPTIONS.name, body, name.encode())
    async with make_consumer(settings) as consumer:
        partitions = range(settings.kafka_partitions)
        consumer.assign([TopicPartition(topics.DOCUMENTS.name, number) for number in partitions])
        while names:
            key = (await consumer.getone()).key.decode()
            names -= {name for name in names if name in key}


async def test_a_stage_starts_rebalances_and_stops_without_waiting_for_a_close_notify(
    broker: Broker,
) -> None:
    settings = broker.settings
    await create_topics(settings)
    with running("count", settings) as first:
        await first.works()
        await count(settings)
        with running("count", settings, number=2) as second:
            await second.works()
            await count(settings)
            assert READ in second.log
            assert second.stop() == 0
        await first.says(READ, times=3, seconds=120)  # at its start, with the second and without it
        await count(settings)
        assert first.stop() == 0
    assert broker.proxy.waits
    assert max(broker.proxy.waits) < SSL_SHUTDOWN_TIMEOUT, sorted(broker.proxy.waits)


async def test_a_client_shows_its_certificate(broker: Broker) -> None:
    port = broker.settings.port_base + MTLS
    changed = {"kafka": f"127.0.0.1:{port}", "kafka_security": "SSL"}
    without = broker.settings.model_copy(update=changed)
    with pytest.raises(TransientError):
        await create_topics(without)
    settings = without.model_copy(update={"kafka_certfile": broker.certificate.client})
    await create_topics(settings)
    with running("count", settings) as stage:  # Faust's clients, too
        await stage.works()
        await count(settings)
        assert stage.stop() == 0


def token(seconds: int) -> str:
    """A token as Kafka's own unsecured login makes them: for tests."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": "movietag", "iat": now, "exp": now + seconds})
    texts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    ]
    return f"{'.'.join(texts)}."


async def test_a_token_of_a_file_is_read_for_each_connection(
    broker: Broker, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    settings = broker.settings.model_copy(
        update={
            "kafka": f"127.0.0.1:{broker.settings.port_base + TOKENS}",
            "kafka_security": "SASL_PLAINTEXT",
            "kafka_sasl": "OAUTHBEARER",
            "kafka_token_file": file,
        }
    )
    for refused in (None, "", token(-3600)):
        if refused is not None:
            file.write_text(refused)
        with pytest.raises(TransientError):
            await create_topics(settings)
    file.write_text(f"{token(3600)}\n")
    await create_topics(settings)
    with running("count", settings) as stage:
        await stage.works()
        await count(settings)
        assert stage.stop() == 0


async def test_stages_work_with_the_rights_that_their_users_have_on_kubernetes(
    broker: Broker,
) -> None:
    await create_topics(broker.settings)
    admit(broker, kafka_users())
    as_user = {
        name: broker.settings.model_copy(update={"kafka_username": f"movietag-{name}"})
        for name in ("count", "fetch")
    }
    with running("count", as_user["count"]) as stage, running("fetch", as_user["fetch"]) as other:
        await stage.works()
        await other.works()
        await count(broker.settings)
        assert stage.stop() == other.stop() == 0
        assert "uthoriz" not in stage.log + other.log
    pages = broker.settings.model_copy(update={"kafka_username": PAGES})
    async with make_producer(pages) as producer:
        await producer.send_and_wait(topics.TITLES.name, b"Heat (1995)")
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topics.REQUESTS.name, b"{}")
