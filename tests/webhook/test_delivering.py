"""Delivery of events: tries, pauses, and when an event is given up; with clock and receiver of the test."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

import msgspec
import pytest
from wire.examples import MESSAGES

from movietag.records import MovieEvent, encode
from movietag.webhook.delivering import LEAST_TRIES, LONGEST_PAUSE, Delivery, WebhookMetrics
from movietag.webhook.posting import NotTakenError

(EVENT,) = (one for one in MESSAGES if isinstance(one, MovieEvent))
BODY = encode(EVENT)
KEY = b"k" * 32
HOUR = 3600.0
AWAY = NotTakenError("films.example:443 cannot be reached")
REFUSED = NotTakenError("films.example:443 answered 422", of_message=True)


class Receiving:
    """A receiver that answers one try after another, then takes all; and the clock."""

    def __init__(self, *answers: NotTakenError | None, always: NotTakenError | None = None) -> None:
        self.answers = list(answers)
        self.always = always
        self.taken: list[tuple[bytes, Mapping[str, str]]] = []
        self.tries: list[Mapping[str, str]] = []
        self.pauses: list[float] = []
        self.now = 1_000.0
        self.delivery = Delivery(
            self.post, KEY, HOUR, WebhookMetrics(), lambda: self.now, self.sleep
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        self.tries.append(headers)
        answer = self.answers.pop(0) if self.answers else self.always
        if answer:
            raise answer
        self.taken.append((body, headers))

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def counted(self, name: str, **labels: str) -> float | None:
        return self.delivery.metrics.registry.get_sample_value(f"movietag_webhook_{name}", labels)


async def test_an_event_is_posted_as_it_is_and_signed() -> None:
    receiving = Receiving()
    assert await receiving.delivery.deliver(BODY, 999_000)
    ((body, headers),) = receiving.taken
    assert body == BODY
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.digest(KEY, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    assert (receiving.counted("delivered_total"), receiving.counted("retries_total")) == (1, 0)


async def test_it_is_tried_again_with_the_same_id_and_growing_pauses() -> None:
    receiving = Receiving(*[AWAY] * 12)
    assert await receiving.delivery.deliver(BODY, 1_000_000)
    assert len({headers["webhook-id"] for headers in receiving.tries}) == 1
    assert len({headers["webhook-timestamp"] for headers in receiving.tries}) == 13
    growing = receiving.pauses[:8]
    assert growing == sorted(growing)
    assert max(receiving.pauses) <= LONGEST_PAUSE * 1.2
    assert (receiving.counted("delivered_total"), receiving.counted("retries_total")) == (1, 12)


async def test_an_event_that_is_never_taken_is_given_up_once_it_is_old_and_the_next_one_comes() -> (
    None
):
    receiving = Receiving(always=AWAY)
    assert not await receiving.delivery.deliver(BODY, 1_000_000)
    assert HOUR <= receiving.now - 1_000 <= HOUR + LONGEST_PAUSE * 1.2
    assert receiving.counted("given_up_total", reason="unreachable") == 1
    receiving.tries.clear()
    assert not await receiving.delivery.deliver(BODY, 1_000_000)  # it waited behind: old already
    assert len(receiving.tries) == LEAST_TRIES
    receiving.always = None
    assert await receiving.delivery.deliver(BODY, 1_000_000)


async def test_an_event_that_is_refused_itself_is_given_up_after_some_tries() -> None:
    receiving = Receiving(always=REFUSED)
    assert not await receiving.delivery.deliver(BODY, 1_000_000)
    assert len(receiving.tries) == LEAST_TRIES
    assert receiving.counted("given_up_total", reason="refused") == 1
    assert receiving.counted("given_up_total", reason="unreachable") == 0


@pytest.mark.parametrize("body", [None, b"", b"no JSON", b"{}", b'{"id": 7}', b"\xff"])
async def test_what_is_no_event_is_counted_and_not_sent(body: bytes | None) -> None:
    receiving = Receiving()
    assert not await receiving.delivery.deliver(body, 1_000_000)
    assert not receiving.tries
    assert receiving.counted("given_up_total", reason="unreadable") == 1


async def test_fields_of_a_newer_version_travel_on() -> None:
    newer = msgspec.json.encode(
        msgspec.json.decode(BODY) | {"type": "movietag.movie.seen", "more": 1}
    )
    receiving = Receiving()
    assert await receiving.delivery.deliver(newer, 1_000_000)
    assert receiving.taken[0][0] == newer


async def test_what_waits_is_told_and_at_rest_nothing_does() -> None:
    receiving = Receiving(AWAY)
    seen: list[float | None] = []
    pause = receiving.sleep

    async def sleep(seconds: float) -> None:
        seen.append(receiving.counted("waiting_seconds"))
        await pause(seconds)

    receiving.delivery.sleep = sleep
    await receiving.delivery.deliver(BODY, 990_000)
    assert seen == [10.0]
    assert receiving.counted("waiting_seconds") == 0
