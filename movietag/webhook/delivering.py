"""Events -> the receiver of a webhook: each at least once, in the order of its partition, or given up and counted."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge

from movietag.webhook.posting import NotTakenError
from movietag.webhook.signing import sign, webhook_id

FIRST_PAUSE: Final = 1.0  # seconds; each further one is twice as long
LONGEST_PAUSE: Final = 300.0
LEAST_TRIES: Final = 5
DELIVERED: Final = "movietag_webhook_delivered_total"
RETRIES: Final = "movietag_webhook_retries_total"
GIVEN_UP: Final = "movietag_webhook_given_up_total"
WAITING: Final = "movietag_webhook_waiting_seconds"
WEBHOOK_METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    DELIVERED: (),
    RETRIES: (),
    GIVEN_UP: ("reason",),
    WAITING: (),
}
"""The metrics of `movietag webhook`, and their labels."""

log = logging.getLogger("movietag")

Post = Callable[[bytes, Mapping[str, str]], Awaitable[None]]
"""Posts a body with headers; raises NotTakenError."""


class _Envelope(msgspec.Struct):
    """What is read of an event: all else goes to the receiver as it is."""

    id: str
    source: str
    type: str
    subject: str = ""


class WebhookMetrics:
    """What is counted, for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.delivered = Counter(DELIVERED, "Events that were taken.", registry=self.registry)
        self.retries = Counter(RETRIES, "Tries without success.", registry=self.registry)
        self.given_up = Counter(
            GIVEN_UP, "Events that were given up.", ("reason",), registry=self.registry
        )
        for reason in ("refused", "unreachable", "unreadable"):
            self.given_up.labels(reason)  # at zero from the start
        self.waiting = Gauge(
            WAITING, "Seconds since the event that is tried happened.", registry=self.registry
        )


@dataclass
class Delivery:
    """Delivers one event after another.

    An event that the receiver refuses (400, 413, 415, 422) is given up after ``LEAST_TRIES`` tries. While the receiver
    takes nothing, the event is tried with growing pauses until it is ``seconds`` old; one that is older already gets
    ``LEAST_TRIES`` tries.

    Attributes:
        post: posts a message.
        key: with which messages are signed.
        seconds: age at which an event is given up.
        clock: seconds since 1970.
        sleep: as asyncio's.
    """

    post: Post
    key: bytes
    seconds: float
    metrics: WebhookMetrics = field(default_factory=WebhookMetrics)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def deliver(self, body: bytes | None, at_ms: int) -> bool:
        """Deliver an event of a time in milliseconds since 1970; whether it was taken. It is done with either way."""
        try:
            event = msgspec.json.decode(body or b"", type=_Envelope)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.error("an event cannot be read and is passed over: %s", error)
            self.metrics.given_up.labels("unreadable").inc()
            return False
        assert body is not None
        number, pause = 0, FIRST_PAUSE
        try:
            while True:
                number += 1
                self.metrics.waiting.set(max(0.0, self.clock() - at_ms / 1000))
                try:
                    await self.post(body, self._headers(event, body))
                except NotTakenError as error:
                    self.metrics.retries.inc()
                    if self._gives_up(event, error, number, at_ms):
                        return False
                    if number == 1 or pause >= LONGEST_PAUSE:
                        log.warning("webhook: %s; it is tried again", error)
                    await self.sleep(pause * random.uniform(1, 1.2))  # no secret
                    pause = min(LONGEST_PAUSE, pause * 2)
                else:
                    self.metrics.delivered.inc()
                    if number > 1:
                        log.info("webhook: %s was taken at try %d", event.id, number)
                    return True
        finally:
            self.metrics.waiting.set(0)

    def _gives_up(self, event: _Envelope, error: NotTakenError, number: int, at_ms: int) -> bool:
        old = self.clock() - at_ms / 1000 >= self.seconds
        if number < LEAST_TRIES or not (old or error.of_message):
            return False
        reason = "refused" if error.of_message else "unreachable"
        self.metrics.given_up.labels(reason).inc()
        log.error(
            "webhook: %s (%s) is given up after %d tries: %s", event.id, event.type, number, error
        )
        return True

    def _headers(self, event: _Envelope, body: bytes) -> dict[str, str]:
        message_id, seconds = webhook_id(event.source, event.id), int(self.clock())
        return {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "movietag",
            "webhook-id": message_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": sign(self.key, message_id, seconds, body),
        }
